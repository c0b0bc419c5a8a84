"""Colours that the user knows: where they are, how they spread, and what to ask next."""
