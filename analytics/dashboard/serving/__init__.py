"""The server itself, and all processes of ``up`` together.

In: settings, addresses. Out: a running server.
"""

__all__ = ["serving", "together"]
