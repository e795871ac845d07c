"""What a file that is no table holds: columns of text by what they map to, and what is none."""

from dataclasses import dataclass, field

from ingest.decoding.rejection import Rejection, RejectionCode, refuse

TARGETS = (
    "event_time", "longitude", "latitude", "speed_mps", "heading_deg", "hdop", "satellites",
)  # fmt: skip


@dataclass(slots=True)
class Recorded:
    """Fixes one after the other; a cell that is empty tells nothing."""

    name: str
    """How rejections call the file."""
    received_ms: int
    columns: tuple[str, ...] = TARGETS
    rows: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """The number of the line, or of the point, of each row."""
    refused: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, line: int, fix: dict[str, str]) -> None:
        """Take a fix."""
        self.rows.append(tuple(fix.get(column, "") for column in self.columns))
        self.lines.append(line)

    def refuse(self, line: int, code: RejectionCode, content: bytes, told: str) -> None:
        """Refuse what is no fix."""
        topic = f"{self.name}:{line}"
        self.refused.append(refuse(code, topic, self.received_ms, content, value=told))

    def note(self, line: str) -> None:
        """Say what a person should know."""
        self.notes.append(f"{self.name}: {line}")
