"""The fault bench: kills, cuts, stalls and poison against real processes, with a table as output."""
