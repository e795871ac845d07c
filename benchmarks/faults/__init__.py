"""The fault bench: kills, cuts, stalls and poison against real processes; prints a table."""
