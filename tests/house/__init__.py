"""The laws of the house: what `make lint` checks of folders, doors and tests."""
