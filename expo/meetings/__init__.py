"""Interests in projects, the meetings that follow, and what came of them."""
