"""What exhibitors show: their material, its acceptance, and the permanent pages of the online hall."""
