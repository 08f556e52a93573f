"""One module per job, each with ``run(context) -> list[Result]``: ours measured beside its floor in one run."""
