"""Sessions, their projects in order, halls and times, and what is published of them. Not: the live picture."""
