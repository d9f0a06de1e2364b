"""Measurement first, structure afterwards: corrected moments of latent variables and what follows from them."""
