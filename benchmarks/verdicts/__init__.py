"""Verdicts against the truth, and the laws they obey, over whole days."""
