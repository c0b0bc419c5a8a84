"""A folder of photographs becomes training pictures."""
