"""Numbers of respondents on constructs."""
