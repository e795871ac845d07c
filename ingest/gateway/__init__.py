"""Gateways: what trackers say that speak no MQTT, published to the broker nearly as it came.

In: requests and frames of trackers. Out: messages that the broker has acknowledged, for ingest to
decode by a dialect.
"""

__all__ = ["login", "moving", "publisher", "topic"]
