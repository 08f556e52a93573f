"""How a table of strangers becomes tickets: columns, cleaning, comparing, storing. Not: pages and jobs around it."""
