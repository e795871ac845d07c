"""From PUBLISH to the moved marker, with readers."""
