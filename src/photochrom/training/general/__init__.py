"""The general network: a pretrained encoder, a light decoder, and their training."""
