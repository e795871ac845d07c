"""Decisions about sections of a map, each named by the id that the map gives it."""

from dataclasses import dataclass, field

Position = tuple[float, float]
"""Longitude and latitude, in degrees WGS 84."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A section is two: the first half is ``<section>/1``, the second ``<section>/2``."""

    section: str
    at: Position
    """The line is cut at its nearest place to this."""
    note: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ids of the sections that are no more."""
        return (self.section,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Ids of the sections that take their place."""
        return f"{self.section}/1", f"{self.section}/2"


@dataclass(frozen=True, slots=True)
class Join:
    """Sections that meet end to end are one, with the ids of all, ``<first>+<second>``."""

    sections: tuple[str, ...]
    at: tuple[Position, ...] = ()
    """The middle of each when that was decided; empty if it is not known."""
    note: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ids of the sections that are no more."""
        return self.sections

    @property
    def outputs(self) -> tuple[str, ...]:
        """Id of the section that takes their place."""
        return ("+".join(self.sections),)


@dataclass(frozen=True, slots=True)
class Assign:
    """What a section is, whatever the map or a list of streets says of it."""

    section: str
    grids: tuple[str, ...]
    name: str | None = None
    """None leaves the name that the map gives it."""
    oneway: bool | None = None
    """None leaves the direction that the map gives it."""
    at: Position | None = None
    """Its middle when that was decided: ids of a map count its parts, and may shift."""
    length_m: float | None = None
    """And how long it was."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """All decisions; a section is cut or joined once, and assigned once."""

    cuts: tuple[Cut, ...] = ()
    joins: tuple[Join, ...] = ()
    assigns: tuple[Assign, ...] = ()


@dataclass(frozen=True, slots=True)
class Unused:
    """A decision that had no effect, or less than all of it."""

    entry: str
    """Where it stands, such as ``cut[3]``."""
    section: str
    """The section that it is about; of a join all of them."""
    reason: str
    """Why, and what to do."""
    file: str = field(default="overrides.toml", kw_only=True)

    def __str__(self) -> str:
        return f"{self.file}: {self.entry} ({self.section}): {self.reason}"
