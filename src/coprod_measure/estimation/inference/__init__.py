"""Standard errors, tests and fit indices at the minimum."""
