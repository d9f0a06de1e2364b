"""The engine: arrays in, frozen records out; NumPy and SciPy only."""
