"""What is claimed: constructs, their stages and hierarchy, and the hypotheses about them."""
