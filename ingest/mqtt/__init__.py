"""The subscriber: connect, queue, commit, and only then acknowledge.

In: messages of a broker. Out: batches committed to the log, and acknowledgements after that.
"""

__all__ = ["connection", "login", "network_thread", "networks", "session", "subscriber"]
