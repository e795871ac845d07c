"""Settings, checked at start.

In: ``pingcheng.toml`` and ``PINGCHENG_*``. Out: `Settings`, or a fault that names key and value.
"""

__all__ = ["alerts", "device_types", "gateway", "listen_address", "proxies", "settings"]
