"""The commands of ingest, one file a group, and what all commands share on the console.

In: the command line. Out: exit codes, lines on stdout and stderr. The top floor of `ingest`.
"""

__all__ = ["broker", "console", "database", "file_terms", "fleet", "ingest", "quarantine"]
