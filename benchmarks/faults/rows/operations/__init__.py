"""What befalls a whole server, one module a fault; the row ``server`` has them all."""
