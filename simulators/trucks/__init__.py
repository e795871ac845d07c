"""How a truck drives its day: roads, itinerary, speed, where it is when.

In: the plan and a seed. Out: the motion of each truck.
"""

__all__ = ["driving", "motion", "roads", "service_day", "truck"]
