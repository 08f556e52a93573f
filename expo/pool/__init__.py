"""The year-round pool of service tickets, one per need or achievement. It outlives every edition."""
