"""Edge-aware filters that bring small maps to full size."""
