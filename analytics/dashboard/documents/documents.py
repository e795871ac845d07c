"""The JSON documents of the interface, by name; `docs/live.md` tells what they mean.

Instants are epoch milliseconds, lengths metres, positions degrees WGS 84.
"""

from typing import Any, Literal

from typing_extensions import TypedDict  # before 3.12, pydantic reads no other

from ingest.event import EventKind

StreetState = Literal[
    "upcoming", "on_track", "at_risk", "overdue", "served", "late", "partial", "skipped",
    "unknown", "exempt",
]  # fmt: skip
Motion = Literal["moving", "standing", "silent", "unseen"]


class ForecastDoc(TypedDict):
    """When a window is done if it goes on like this."""

    finish_ms: int | None
    miss_probability: float | None
    visible_since_ms: int | None


class WindowDoc(TypedDict):
    """One grid in one window."""

    key: str
    grid: str
    window: str
    start_ms: int
    end_ms: int
    grace_end_ms: int
    deadline_ms: int
    state: StreetState
    is_final: bool
    served_m: float
    length_m: float
    remaining_m: float
    """What its streets still lack of the share that makes them served."""
    started_ms: int | None
    completed_ms: int | None
    vehicles: list[str]
    forecast: ForecastDoc


class StreetDoc(TypedDict):
    """One street in one window."""

    key: str
    grid: str
    window: str
    street: str
    state: StreetState
    served_ratio: float
    started_ms: int | None
    completed_ms: int | None


class VehicleDoc(TypedDict):
    """Where a vehicle was at its last fix; without one, all of that is null."""

    id: str
    grids: list[str]
    longitude: float | None
    latitude: float | None
    heading_deg: float | None
    speed_mps: float | None
    event_ms: int | None
    received_ms: int | None
    motion: Motion


class TracedVehicleDoc(VehicleDoc):
    """A vehicle with the way it came."""

    trail: list[tuple[float, float, int]]


class ServedDoc(TypedDict):
    """A stretch of a section that was served in a window; `at_ms` is when it was whole."""

    key: str
    section: int
    from_m: float
    to_m: float
    at_ms: int


class UnservedDoc(TypedDict):
    """Stretches to forget, all of one section in a window: what later fixes tell differs."""

    key: str
    section: int


class StateDoc(TypedDict):
    """All that is known of a service date."""

    at_ms: int
    live: bool
    service_date: str
    plan_version: str
    log_sequence: int
    windows: list[WindowDoc]
    streets: list[StreetDoc]
    vehicles: list[TracedVehicleDoc]
    served: list[ServedDoc]


class ClockDoc(TypedDict):
    """How late it is, and how old what is shown is."""

    now_ms: int
    log_ms: int | None
    """When the newest ping was received."""
    log_age_s: float | None
    """Seconds since the database was last read; grows while it is away."""
    streets_fault: str | None
    """Code of the tracking fault of the whole fleet, if the streets do not fit it."""
    plan_refused: bool
    """Whether the plan was changed and cannot be used: the one before goes on."""


class OperatorDoc(TypedDict):
    """Who runs the trucks of some grids."""

    id: str
    name: str


class PlanStreetDoc(TypedDict):
    """A street of a grid; one that is not located has no length and no verdict."""

    name: str
    length_m: float
    located: bool


class PlanGridDoc(TypedDict):
    """A grid of the plan."""

    id: str
    operator: str
    vehicles: list[str]
    windows: list[str]
    streets: list[PlanStreetDoc]
    center: tuple[float, float] | None


class FacilityDoc(TypedDict):
    """A place trucks go to besides streets."""

    kind: str
    name: str
    longitude: float
    latitude: float


class BasemapDoc(TypedDict):
    """What lies below the streets: tiles at ``basemap/{z}/{x}/{y}``."""

    kind: Literal["vector", "raster"]
    min_zoom: int
    max_zoom: int
    layers: list[str]
    """Names of the layers of vector tiles."""
    attribution: str


class PlanDoc(TypedDict):
    """The plan, without contacts."""

    version: str
    name: str
    timezone: str
    utc_offsets: list[list[int]]
    """Instants, and how many seconds the zone is ahead of UTC from each on."""
    schematic: bool
    languages: list[str]
    language: str
    operators: list[OperatorDoc]
    grids: list[PlanGridDoc]
    facilities: list[FacilityDoc]
    bounds: tuple[float, float, float, float]
    basemap: BasemapDoc | None


class SessionDoc(TypedDict):
    """Who is asking."""

    user: str | None
    role: Literal["viewer", "operator", "admin"] | None
    csrf: str | None
    login_required: bool


class GridStreetWindowDoc(TypedDict):
    """How a street of a grid stands in one window."""

    window: str
    state: StreetState
    served_ratio: float
    started_ms: int | None
    completed_ms: int | None


class GridStreetDoc(TypedDict):
    """A street of a grid, window by window."""

    street: str
    windows: list[GridStreetWindowDoc]


class GridDoc(TypedDict):
    """A grid on a service date."""

    id: str
    operator: str
    windows: list[WindowDoc]
    streets: list[GridStreetDoc]
    vehicles: list[TracedVehicleDoc]


class SpanDoc(TypedDict):
    """A time out of sight."""

    from_ms: int
    to_ms: int


class FaultDoc(TypedDict):
    """Something wrong with a tracker."""

    code: str
    text: str
    since_ms: int
    until_ms: int


class EventDoc(TypedDict):
    """Something that a truck's equipment reported beside its fixes."""

    at_ms: int
    kind: EventKind
    reference: str | None
    weight_kg: float | None
    longitude: float | None
    latitude: float | None


class VehicleDayDoc(TypedDict):
    """The fixes of a vehicle, thinned to at most 5,000: lon, lat, ms, speed, heading.

    Of events the last 2,000.
    """

    id: str
    fixes: list[tuple[float, float, int, float | None, float | None]]
    gaps: list[SpanDoc]
    faults: list[FaultDoc]
    events: list[EventDoc]
    grids: list[str]


class StreetEventDoc(TypedDict):
    """An event near a street in the time that its verdict is of; no part of the proof."""

    vehicle: str
    at_ms: int
    kind: EventKind
    """Never a driver's card."""
    reference: str | None
    weight_kg: float | None
    longitude: float
    latitude: float
    place: Literal["told", "fixes"]
    """Whether the event told its place, or the vehicle's fixes around it do."""
    distance_m: float


class EvidenceDoc(TypedDict):
    """A record of evidence, and the same drawn."""

    record: dict[str, Any]
    geojson: dict[str, Any]


class FoundDoc(TypedDict):
    """Something that a search found."""

    kind: Literal["grid", "vehicle", "street"]
    id: str
    label: str
    grid: str | None
    longitude: float | None
    latitude: float | None


class TextsDoc(TypedDict):
    """A text in each language."""

    zh: str
    en: str


class AlertDoc(TypedDict):
    """Something that operations were told."""

    id: str
    kind: str
    grid: str | None
    window: str | None
    vehicle: str | None
    said_ms: int
    text: str
    """In the first of the plan's languages."""
    texts: TextsDoc
    acknowledged_by: str | None
    acknowledged_ms: int | None
    ended_ms: int | None


class ErrorDoc(TypedDict):
    """Why not."""

    detail: str


class AuditDoc(TypedDict):
    """Something that a user did."""

    at_ms: int
    user_name: str
    address: str
    action: str
    detail: str
