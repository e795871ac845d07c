"""Plans of thousands of grids: whether any work on them grows faster than they do."""
