"""Batches and trainings on several machines, by Ray."""
