"""The place of a session's live picture and its replay."""
