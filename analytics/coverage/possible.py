"""What of a street may have been served though no certain pass proves it.

Two things leave room for doubt. A pass that is not certain goes over cells that the truck may have
served at its instants; these are in doubt in full. And a gap may hide service of what is left, as
far as its prism holds it. Each missing metre is counted for one of the two, never for both.
"""

from dataclasses import dataclass

from analytics.coverage.coverage import Floats, Instants
from analytics.coverage.prism import hidden_m
from analytics.coverage.unseen import Unseen
from geofence.plan.plan import ServiceRules


@dataclass(frozen=True, slots=True, eq=False)
class StreetCells:
    """The cells of a street in a window, and what the passes tell of each."""

    x: Floats
    y: Floats
    weight_m: Floats
    earliest: Instants
    """When the cell was first served, or `analytics.coverage.coverage.NEVER`."""
    possible: Instants
    """When it may first have been, by a pass that is certain or not; never after `earliest`."""

    def unproven_m(
        self, unseen: Unseen, start_ms: int, until_ms: int, rules: ServiceRules
    ) -> float:
        """Bound the metres not proven served before `until_ms` that may have been."""
        maybe = (self.possible < until_ms) & (self.earliest >= until_ms)
        left = self.possible >= until_ms
        x, y, weight_m = self.x[left], self.y[left], self.weight_m[left]
        return float(self.weight_m[maybe].sum()) + hidden_m(
            x, y, weight_m, unseen, start_ms, until_ms, rules
        )
