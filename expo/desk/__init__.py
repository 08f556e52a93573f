"""Pages that compose rooms: home, landing pages, search; and the demonstration edition."""
