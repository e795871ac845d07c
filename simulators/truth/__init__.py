"""What really happened, and how verdicts compare with it.

In: motions, scenarios, verdicts. Out: the truth of each street and window; a score.
"""

__all__ = ["score", "truth"]
