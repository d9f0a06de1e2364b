"""Before the data: how many respondents the theory's claims need."""
