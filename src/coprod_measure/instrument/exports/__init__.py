"""One platform a file: a questionnaire goes out, and what the platform cannot say is listed."""
