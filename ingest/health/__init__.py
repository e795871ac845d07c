"""The pages that a running ingest serves.

In: the subscriber's state and counters. Out: ``/healthz`` and Prometheus ``/metrics``.
"""

__all__ = ["metrics", "pages"]
