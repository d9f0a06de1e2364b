"""How free of error scales and items measure."""
