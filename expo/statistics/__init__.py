"""Figures counted from stored rows, each with the way back to its rows. Nothing is typed in."""
