"""Judging colorizers on pictures they never saw, and showing the outcome honestly."""
