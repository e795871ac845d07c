"""What a method came to over the days of one network and one noise."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts of `simulators.truth.score.Score`, and points and seconds of matching."""

    counts: Counter[str] = field(default_factory=Counter)
    points: int = 0
    seconds: float = 0.0
    missing: str = ""
    """Why the method was left out, and how to mend it."""

    @property
    def decided(self) -> int:
        """Streets and windows with a verdict other than unknown, without the borderline."""
        return self.counts["right"] + self.counts["wrong"]

    @property
    def scored(self) -> int:
        """All streets and windows but the borderline."""
        counts = self.counts
        return self.decided + counts["unknown"] + counts["unknown_without_gap"] + counts["missing"]

    @property
    def points_per_s(self) -> float:
        """Speed of matching alone; 0 if it was not timed."""
        return self.points / self.seconds if self.seconds else 0.0
