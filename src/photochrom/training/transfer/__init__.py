"""From the general network to one of a folder's kind of picture, by a few minutes of learning."""
