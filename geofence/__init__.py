"""Step two: pings of a vehicle and a street network become served metres."""

import ingest as _chooses_the_time_zones  # noqa: F401 - a plan is read with those that judge
