"""From the pool to an edition's list: nomination, endorsement, decisions, public notice. Not: the scoring itself."""
