"""Rotation of exploratory factors: criteria, gradient projection, and what holds at a rotated solution."""
