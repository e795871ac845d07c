"""Alembic's scripts: how the schema of a ping log came about. A step, once released, stays."""
