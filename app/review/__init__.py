"""Keeps content true: what passed its date, and what reps asked marketing for."""
