"""The parameters' matrices, implied moments, derivatives and constraints."""
