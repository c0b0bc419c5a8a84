"""Training colorizers: torch lives here and nowhere else."""
