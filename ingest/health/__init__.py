"""The pages that a running ingest serves.

In: the subscriber's state and counters. Out: ``/healthz`` and Prometheus ``/metrics``.
"""
