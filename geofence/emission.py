"""Emission: how well a candidate explains a fix, as a cost (negative log-likelihood)."""

import math

from numba import njit


@njit(cache=True)
def position_cost(distance_m: float, sigma_m: float) -> float:
    """Gaussian error across the street (Newson & Krumm 2009, eq. 1), constants dropped."""
    return 0.5 * (distance_m / sigma_m) ** 2


@njit(cache=True)
def heading_cost(heading_deg: float, bearing: float, concentration: float) -> float:
    """Von Mises error of the reported heading against an arc's bearing, zero when they agree.

    Parameters
    ----------
    heading_deg
        Reported heading, 0 = north, clockwise.
    bearing
        Direction of travel on the arc in radians from east, counter-clockwise.
    concentration
        Von Mises kappa.
    """
    return concentration * (1.0 - math.cos(math.pi / 2.0 - math.radians(heading_deg) - bearing))
