"""Many pictures as one job that survives anything: what is done is on record."""
