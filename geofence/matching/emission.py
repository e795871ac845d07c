"""Emission: how well a candidate explains a fix, given the error its chain has shown so far.

The error of a satellite receiver is not drawn afresh at every fix: it wanders, over a minute or so.
So each chain carries an estimate of the error, east and north, and a fix costs what it differs
from that estimate. Two fixes 30 m apart across the street are then strong evidence that the truck
changed the street, even where the error itself may be 30 m. The error follows a first-order
autoregressive process; its estimate is a Kalman filter (Kalman 1960) that every fix tells one
number: how far the fix lies off the street. What it lies off along the street, nobody can see.
"""

import math

from geofence.kernels import kernel


@kernel
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


@kernel
def innovation_cost(innovation_m: float, variance_m2: float, scale_m2: float, tail: float) -> float:
    """Negative logarithm of a Student density of the innovation, constants dropped.

    Its heavy tails let a receiver leap now and then, as it does when it finds other satellites.

    Parameters
    ----------
    innovation_m
        Error seen less error expected.
    variance_m2
        Variance of the error expected.
    scale_m2
        Variance of an error of which nothing is known, at which the cost of no surprise is zero.
    tail
        Degrees of freedom.
    """
    surprise = 1.0 + innovation_m * innovation_m / (variance_m2 * tail)
    return 0.5 * ((tail + 1.0) * math.log(surprise) + math.log(variance_m2 / scale_m2))
