"""The live view over HTTP: where every street stands now, for operations and for residents."""
