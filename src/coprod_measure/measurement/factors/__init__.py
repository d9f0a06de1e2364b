"""How many factors there are, what loads on them, and whether a model of them fits."""
