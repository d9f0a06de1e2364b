"""A population whose parameters are known becomes respondents."""
