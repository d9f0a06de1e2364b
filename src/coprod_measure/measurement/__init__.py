"""Whether the items measure what they claim to measure."""
