"""Step two: pings of a vehicle and a street network become served metres."""
