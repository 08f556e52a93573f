"""Panels that score submissions fairly, whatever is submitted. Not: what a ranking is used for."""
