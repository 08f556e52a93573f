"""Who attends: registration, consent, badges. Not: who has come (that is checkin)."""
