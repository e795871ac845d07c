"""Positions in another datum: fixes that lie on the streets only once they are converted.

GCJ-02 and BD-09 move every position in China by several hundred metres, and nearly all those of a
city by the same vector. What the streets say is compared for the fixes as they were sent, as
converted, and, since a chequerboard of streets fits itself when moved by a block, as moved just as
far in other directions: only a conversion that beats all of these is believed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.matching.candidates import Buckets
from geofence.network.network import Network
from geofence.seen.closeness import Scale, score

Floats = NDArray[np.float64]
Degrees = tuple[Floats, Floats]
"""Longitudes and latitudes."""
Convert = Callable[[Floats, Floats], Degrees]


@dataclass(frozen=True, slots=True)
class DatumThresholds:
    """From where on a vehicle's datum is called wrong."""

    cap_m: float = 60.0
    """Metres that count for a fix at this distance or more from any street: what is far off the
    network weighs the same however far it is."""
    cell_m: float = 100.0
    """Side of the squares whose fixes count as one witness: neighbours share their error."""
    most_of_cell: int = 8
    """Fixes of a square that are looked at, spread over it; more would say the same."""
    least_cells: int = 20
    """Squares without which nothing is said."""
    on_street_m: float = 30.0
    """Metres from a street, on average, that converted fixes may lie at most."""
    least_gain_m: float = 4.0
    """Metres by which they must lie nearer than as sent."""
    least_score: float = 4.0
    """Standard errors that the gain must be worth."""
    least_rival_score: float = 2.5
    """Standard errors by which they must beat the fixes moved in any other direction."""
    rivals: int = 11
    """Other directions."""


@dataclass(frozen=True, slots=True)
class DatumReading:
    """How the fixes of one vehicle lie to the streets, as sent and as converted."""

    datum: str | None
    """The datum they are in if not WGS 84; None if they may be WGS 84."""
    cells: int
    """Squares that testify."""
    sent_m: float
    """Mean distance to the nearest street, each counting `DatumThresholds.cap_m` at most."""
    converted_m: float
    """The same of the converted fixes; of the best conversion if none is believed."""
    shift_m: float
    """Median metres between the two."""
    score: float
    """Standard errors that the gain is worth."""


def read_datum(
    sent: Degrees,
    conversions: Mapping[str, Convert],
    network: Network,
    buckets: Buckets,
    thresholds: DatumThresholds | None = None,
) -> DatumReading:
    """Say in which datum the fixes of one vehicle are. Order and repetition change nothing.

    Parameters
    ----------
    conversions
        By datum: what turns positions in it into WGS 84.
    """
    limits = thresholds or DatumThresholds()
    chosen = _spread(sent, network, limits)
    converted = {datum: convert(*chosen) for datum, convert in conversions.items()}
    places = [network.projection.to_metres(*pair) for pair in (chosen, *converted.values())]
    scale = Scale(network, buckets, limits.cap_m, limits.cell_m, *places[0])
    nothing = DatumReading(None, scale.cells, float("nan"), float("nan"), 0.0, 0.0)
    if scale.cells < limits.least_cells:
        return nothing
    sent_m = scale.weigh(*places[0])
    trials = [
        (datum, x - places[0][0], y - places[0][1], scale.weigh(x, y))
        for datum, (x, y) in zip(converted, places[1:], strict=True)
    ]
    best = min(trials, key=lambda trial: float(trial[3].mean()), default=None)
    if best is None:
        return nothing
    datum, east_m, north_m, converted_m = best
    gain_score = score(sent_m, converted_m)
    gain_m = float((sent_m - converted_m).mean())
    is_believed = (
        converted_m.mean() <= limits.on_street_m
        and gain_m >= limits.least_gain_m
        and gain_score >= limits.least_score
        and all(
            score(rival_m, converted_m) >= limits.least_rival_score
            for rival_m in scale.rivals(*places[0], east_m, north_m, limits.rivals)
        )
    )
    return DatumReading(
        datum=datum if is_believed else None,
        cells=scale.cells,
        sent_m=round(float(sent_m.mean()), 1),
        converted_m=round(float(converted_m.mean()), 1),
        shift_m=round(float(np.median(np.hypot(east_m, north_m))), 1),
        score=round(gain_score, 1),
    )


def _spread(sent: Degrees, network: Network, limits: DatumThresholds) -> Degrees:
    """Choose distinct fixes, of each square so many at most and spread over it."""
    order = np.lexsort(sent[::-1])
    longitude, latitude = sent[0][order], sent[1][order]
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (np.diff(longitude) != 0) | (np.diff(latitude) != 0)
    longitude, latitude = longitude[is_new], latitude[is_new]
    x, y = network.projection.to_metres(longitude, latitude)
    square = np.stack([y // limits.cell_m, x // limits.cell_m])
    order = np.lexsort(square)
    begins = np.flatnonzero(
        np.append(True, (np.diff(square[:, order], axis=1) != 0).any(axis=0))[: len(order)]
    )
    count = np.diff(np.append(begins, len(order)))
    rank = np.arange(len(order)) - np.repeat(begins, count)
    stride = np.repeat(-(-count // limits.most_of_cell), count)
    kept = np.sort(order[rank % stride == 0])
    return longitude[kept], latitude[kept]
