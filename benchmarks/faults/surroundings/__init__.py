"""What a row runs in: brokers, databases, a real ingest, traffic, and cuts in between."""
