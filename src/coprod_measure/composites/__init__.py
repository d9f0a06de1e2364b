"""Composites: PLS path models, arrays in, records out."""
