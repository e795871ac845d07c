"""Recovery: copies of a ping log with its files, and the way back from them.

In: a log, its archive, the store of a broker. Out: a folder with a manifest; a log as it was.
"""

__all__ = ["adoption", "backup", "restore"]
