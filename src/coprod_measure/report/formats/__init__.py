"""Output formats of a report: one module a format, named as the format is asked for in a study file."""
