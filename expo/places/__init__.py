"""Where things are: the tree of regions that rights are granted on, venues and their halls. Not: what happens there."""
