"""One platform's export a file: from its own shape to one table with named columns."""
