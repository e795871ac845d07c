"""What a receiver gets wrong, in place and in speed, said once for all that reckons with it."""

from geofence.kernels import kernel

CORRELATION_S = 60.0
"""Seconds after which a receiver's error has decayed to 1/e: it wanders, it does not jump."""
SPEED_ERROR_MPS = 0.4
"""Standard deviation of a reported speed."""
SPEED_DRIFT_M2PS3 = 2.0
"""Variance by which a truck's speed changes in a second, in m²/s² per s,"""
SPEED_DRIFT_S = 30.0
"""and up to how many seconds that adds up: then it is any speed, and a new one."""


@kernel
def mean_speed_variance(pause_s: float, drifts: float) -> float:
    """Give the variance of the mean speed of a step, of which the speeds at both ends are reported.

    Between the two the speed is a Brownian bridge, the mean of which over ``T`` seconds has a
    variance of ``T / 12`` times that of a second.

    Parameters
    ----------
    pause_s
        Length of the step.
    drifts
        How many times that variance the speeds have, which may be reported or not.

    Returns
    -------
    In m²/s².
    """
    drift = drifts * SPEED_DRIFT_M2PS3 * min(pause_s, SPEED_DRIFT_S) / 12.0
    return SPEED_ERROR_MPS**2 / 2.0 + drift / max(1.0, pause_s / SPEED_DRIFT_S)
