"""Which process of ingest holds which share of the fleet, as the database knows it.

In: who is there. Out: leases that end by themselves, so that others take what the dead had.
"""

__all__ = ["keeper", "leases", "sharing"]
