"""One expo per year and its frame: dates, stages, industries, quotas, targets. Not: the projects in it."""
