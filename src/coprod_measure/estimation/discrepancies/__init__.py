"""How far a model is from the sample, one discrepancy a file."""
