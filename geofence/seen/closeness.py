"""How near fixes lie to the streets, as they are and when moved."""

import numpy as np
from numpy.typing import NDArray

from geofence.matching.candidates import Buckets, find_candidates
from geofence.network.network import Network

Floats = NDArray[np.float64]


class Scale:
    """Weighs how far fixes lie from the streets: one mean a square of the fixes as sent.

    Parameters
    ----------
    cap_m
        Metres that count for a fix at this distance or more from any street.
    cell_m
        Side of the squares whose fixes count as one witness: neighbours share their error.
    """

    def __init__(
        self, network: Network, buckets: Buckets, cap_m: float, cell_m: float, x: Floats, y: Floats
    ) -> None:
        self._network, self._buckets, self._cap_m = network, buckets, cap_m
        square = np.stack([x // cell_m, y // cell_m])
        _, self._cell, self._count = np.unique(
            square, axis=1, return_inverse=True, return_counts=True
        )
        self.cells = len(self._count)

    def weigh(self, x: Floats, y: Floats) -> Floats:
        """Give the mean capped distance of each square's fixes."""
        cap_m = self._cap_m
        near = find_candidates(self._network, self._buckets, x, y, np.full(len(x), cap_m))
        away_m = np.full(len(x), cap_m)
        some = np.flatnonzero(np.diff(near.first))
        if len(some):
            away_m[some] = np.minimum.reduceat(near.distance_m, near.first[:-1][some])
        return np.bincount(self._cell, away_m, self.cells) / self._count

    def rivals(
        self, x: Floats, y: Floats, east_m: Floats, north_m: Floats, count: int
    ) -> list[Floats]:
        """Weigh the fixes moved just as far in so many other directions."""
        turns = 2 * np.pi * np.arange(1, count + 1) / (count + 1)
        return [
            self.weigh(x + cos * east_m - sin * north_m, y + sin * east_m + cos * north_m)
            for cos, sin in zip(np.cos(turns).tolist(), np.sin(turns).tolist(), strict=True)
        ]


def score(worse_m: Floats, better_m: Floats) -> float:
    """Give the mean gain in its standard errors."""
    gain_m = worse_m - better_m
    error_m = float(gain_m.std(ddof=1)) / np.sqrt(len(gain_m))
    return float(gain_m.mean() / max(error_m, 1e-9))
