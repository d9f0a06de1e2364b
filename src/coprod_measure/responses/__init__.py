"""What was answered: any platform's export in, clean data with a trail out."""
