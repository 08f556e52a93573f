"""Assigns projects to sessions and sessions to places, provably well. Not: data, pages or words; it knows numbers only."""
