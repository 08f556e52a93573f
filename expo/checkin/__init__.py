"""Gates and scans: who has come in, when and where."""
