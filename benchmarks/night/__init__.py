"""A night's work at full size: evaluation, verdicts, reports."""
