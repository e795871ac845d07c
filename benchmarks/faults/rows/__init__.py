"""One module a kind of fault: what is done to ingest, and what must hold after it."""
