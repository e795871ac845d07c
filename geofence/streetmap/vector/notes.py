"""What is said to people while a file is read."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Notes:
    """Lines in the order in which things were found out."""

    told: list[str] = field(default_factory=list)
    """What was taken for granted: fields, encoding, system, datum; what was cut and left out."""
    warnings: list[str] = field(default_factory=list)
    """What may be wrong, for somebody to look at."""
