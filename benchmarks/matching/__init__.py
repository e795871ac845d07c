"""The matcher beside its peers, and what its margins cost and buy."""
