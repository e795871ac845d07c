"""Standing still: where the progress curve of a grid does not rise."""

import numpy as np

from analytics.forecast.curves import Floats

STEPS = 100
"""Progress is seen in so many steps of the share; between two of them a grid stands still."""


def still_s(elapsed_s: Floats, share: Floats) -> Floats:
    """Tell for each instant of a curve for how many seconds it had stood still."""
    steps = steps_of(share)
    since: Floats = elapsed_s - elapsed_s[np.searchsorted(steps, steps, side="left")]
    return since


def paused_s(elapsed_s: Floats, share: Floats) -> Floats:
    """Tell for each instant of a curve how many of the seconds since its first step were pauses.

    The time between two instants is a pause if it brought no step.
    """
    steps = steps_of(share)
    is_pause = (steps[1:] == steps[:-1]) & (steps[1:] > 0.0)
    paused: Floats = np.cumsum(np.append(0.0, np.where(is_pause, np.diff(elapsed_s), 0.0)))
    return paused


def steps_of(share: Floats) -> Floats:
    """Give the whole steps of a share."""
    steps: Floats = np.floor(share * STEPS + 1e-9)
    return steps


def pauses_of(elapsed_s: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Give the pauses of a curve after its first step and before it, but for that at its end."""
    still, is_begun = still_s(elapsed_s, share), steps_of(share) > 0.0
    ended = np.append(still[1:] < still[:-1], False)
    return still[ended & is_begun], still[ended & ~is_begun]
