"""``[device_types.NAME]``: which signals of a device stand for which tasks."""

from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ingest.tasks import BITS


class SignalSettings(BaseModel):
    """A signal, and when it is on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signal: str = Field(min_length=1)
    """Its name in the payload."""
    bit: int | None = Field(default=None, ge=0, le=255)
    """Which bit of it, the lowest being 0."""
    above: float | None = Field(default=None, allow_inf_nan=False)
    """On above this number."""
    below: float | None = Field(default=None, allow_inf_nan=False)
    """On below this number."""
    has: str | None = None
    """On if it is this text, or has it in a list."""
    invert: bool = False
    """On where it would be off."""

    @model_validator(mode="before")
    @classmethod
    def _by_its_name(cls, value: object) -> object:
        return {"signal": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_one_question(self) -> "SignalSettings":
        is_range = self.above is not None or self.below is not None
        if (self.bit is not None) + is_range + (self.has is not None) > 1:
            raise ValueError("write one of bit, above and below, and has")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError("above must be less than below; for the outside add invert = true")
        return self


class DeviceTypeSettings(BaseModel):
    """What the signals of devices of one type mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: dict[str, tuple[SignalSettings, ...]] = Field(min_length=1)
    """By task the signals of which any one will do."""
    ignition: SignalSettings | None = None
    """While it is off, nothing is done."""

    @field_validator("tasks", mode="before")
    @classmethod
    def _as_lists(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        if unknown := [name for name in value if name not in BITS]:
            meant = [_meant(str(name)) for name in unknown]
            raise ValueError(f"there is no task {', '.join(meant)}; there are {', '.join(BITS)}")
        return {name: each if isinstance(each, list | tuple) else [each]
                for name, each in value.items()}  # fmt: skip


def _meant(name: str) -> str:
    """Say a name that is no task's, and the nearest that is."""
    near = get_close_matches(name.upper(), BITS, n=1)
    return f"{name} (is {near[0]} meant?)" if near else name
