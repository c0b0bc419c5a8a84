"""Picture files: bytes to typed values and back, with nothing of the file lost."""
