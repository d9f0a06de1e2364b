"""The normal likelihood of incomplete answers and its saturated model."""
