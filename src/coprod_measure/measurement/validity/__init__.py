"""Whether constructs are what the theory says and differ from one another."""
