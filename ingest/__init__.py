"""Step one: what arrives over MQTT becomes a durable set of pings."""

from ingest.time_zones import use_newest

use_newest()  # before anybody reckons a local time, in whatever process
