"""What is asked: items, their scales and forms, mapped to the constructs of a theory."""
