"""What befalls a gateway between its trackers and the broker, one module a gateway."""
