"""How much of what constructs share is how they were asked about."""
