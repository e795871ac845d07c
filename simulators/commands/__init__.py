"""The commands of the simulators. The top floor of `simulators`.

In: the command line. Out: files, messages, exit codes.
"""

__all__ = ["city", "replay", "score", "simulate"]
