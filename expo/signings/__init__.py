"""Signed deals: their record, their agreement on paper, and the proof that the paper is genuine."""
