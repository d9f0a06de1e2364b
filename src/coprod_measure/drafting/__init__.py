"""An instrument from what a researcher already has: a platform's questionnaire, or a file of answers."""
