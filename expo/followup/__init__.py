"""After the expo: one case with an owner for every project, until it has its response and its outcome."""
