"""Two-level models: the normal likelihood of people in clusters, with random intercepts."""
