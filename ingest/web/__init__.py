"""What every web server of ours needs: connections that are bounded, an end in peace, rates.

In: an application and an address. Out: a server until it is told to end.
"""

__all__ = ["limits", "server"]
