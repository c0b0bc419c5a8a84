"""Honest judgement on pictures never seen, beside trivial baselines."""
