"""Two-level models at the door: options, rows in clusters, and the fit that users see."""
