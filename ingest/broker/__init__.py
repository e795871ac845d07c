"""The embedded broker, and what everybody needs to reach it or another: addresses and logins.

In: settings and a plan's vehicles. Out: a running nats-server, credentials, certificates.
"""

__all__ = [
    "address",
    "broker",
    "certificates",
    "child_process",
    "client_id",
    "cluster",
    "credentials",
    "nats_config",
    "private_file",
    "shares",
    "store_lock",
    "users",
]
