"""What people run in a checkout: set up, serve, test, measure. The site itself never imports this."""
