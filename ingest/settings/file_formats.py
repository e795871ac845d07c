"""``[file_formats.NAME]``: how a vendor writes its files, named once and used by ``--format``."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FileFormatSettings(BaseModel):
    """What can be told of a vendor's files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = Field(default_factory=dict)
    """The heading of the column that tells a field, by the field with its unit."""
    timezone: str | None = None
    """The zone of times that name no offset."""
    delimiter: str | None = Field(default=None, min_length=1)
    """The sign between columns."""
    decimal: Literal[".", ","] | None = None
    """The sign before decimals."""
    datum: Literal["wgs84", "gcj02", "bd09"] | None = None
    """What longitude and latitude are in."""
    encoding: str | None = None
    """The encoding of the text."""
    date_order: Literal["ymd", "dmy", "mdy"] | None = None
    """The order of day, month and year where it cannot be seen."""
    vehicle: str | None = None
    """Whose files they are, where no column tells."""
