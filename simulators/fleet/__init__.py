"""All trucks of a plan through a service date.

In: a plan, a scenario, a seed. Out: a `SimulatedDay` of pings and truth.
"""

__all__ = ["fleet"]
