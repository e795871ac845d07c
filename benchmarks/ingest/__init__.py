"""Ingest at its edges: a year in the log, fuzzed decoders, spoofed logins."""
