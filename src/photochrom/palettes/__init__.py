"""Palettes: the colours a colorizer may choose, and the probabilities over them."""
