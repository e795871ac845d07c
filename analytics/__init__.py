"""Step three: served metres, gaps and windows become verdicts with evidence."""
