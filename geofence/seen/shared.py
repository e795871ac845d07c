"""Passes over lines that lie on top of each other: what goes over one goes over all."""

import numpy as np

from geofence.network.network import Network
from geofence.seen.observation import Passes


def with_twins(passes: Passes, network: Network) -> Passes:
    """Add to passes those over the twins of what they go over."""
    if not len(network.twins.section):
        return passes
    row, section, from_m, to_m, begin, end = network.twins.of_passes(
        passes.section, passes.from_m, passes.to_m
    )
    started_ms = passes.started_ms[row]
    span_ms = passes.finished_ms[row] - started_ms
    return Passes(
        section=np.concatenate([passes.section, section]),
        from_m=np.concatenate([passes.from_m, from_m]),
        to_m=np.concatenate([passes.to_m, to_m]),
        started_ms=np.concatenate([passes.started_ms, started_ms + begin * span_ms]),
        finished_ms=np.concatenate([passes.finished_ms, started_ms + end * span_ms]),
        collecting=np.concatenate([passes.collecting, passes.collecting[row]]),
        certain=np.concatenate([passes.certain, passes.certain[row]]),
        need=np.concatenate([passes.need, passes.need[row]]),
    )
