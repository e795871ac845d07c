"""Ways to say where a vehicle is: one module a dialect, found by entry points."""
