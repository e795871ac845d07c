"""The pages that a running ingest serves.

In: the subscriber's state and counters, and how full its broker is. Out: ``/healthz`` and
Prometheus ``/metrics``.
"""

__all__ = ["broker_store", "metrics", "pages"]
