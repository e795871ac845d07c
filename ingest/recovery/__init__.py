"""Recovery: copies of a ping log with its files, the way back, and pings under a wrong name.

In: a log, its archive, the store of a broker. Out: a folder with a manifest; a log as it was.
"""

__all__ = ["adoption", "backup", "device_moves", "reassigning", "restore"]
