"""How far a result is from the truth, and how colourful each is."""
