"""Model text becomes a table of parameters."""
