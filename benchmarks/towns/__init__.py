"""Towns that nobody here drew: Eclipse SUMO's random networks and its vehicles' own motion."""
