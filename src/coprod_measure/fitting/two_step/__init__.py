"""Structural after measurement, and products of latent variables."""
