"""Step one: what arrives over MQTT becomes a durable set of pings."""
