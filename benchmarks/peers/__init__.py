"""Other matchers, given the same tracks, and their paths as ours."""
