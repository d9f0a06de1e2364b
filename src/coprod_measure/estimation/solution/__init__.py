"""From starting values to the minimum."""
