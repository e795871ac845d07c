"""Stand-ins for trucks: they publish on the wire and keep the ground truth."""
