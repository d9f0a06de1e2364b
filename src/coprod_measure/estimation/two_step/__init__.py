"""Measurement first, structure afterwards: corrected latent moments, their structure, its errors."""
