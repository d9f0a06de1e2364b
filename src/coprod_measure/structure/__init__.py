"""How the constructs relate: the hypotheses of a theory as models, and what the data say to each."""
