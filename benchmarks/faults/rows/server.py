"""What befalls a whole server: lost and restored, ended and killed, a wrong clock, a hang."""

from benchmarks.faults.row import Row
from benchmarks.faults.rows.operations import clock, hang, restore, up

NAME = "server"
WANTED = "0 acknowledged lost, 0 stored twice; what is wrong is said, and mended as documented"
EVERY_BROKER, EVERY_DATABASE = False, False


def run_alone(_: str, scale: float) -> tuple[Row, ...]:
    """Have all of it, each in fresh surroundings with nats-server."""
    return (
        restore.restore("sqlite", scale),
        restore.restore("postgresql", scale),
        up.end_and_kill(scale),
        clock.behind("sqlite", scale),
        clock.ahead("postgresql", scale),
        hang.ingest_and_page(scale),
        hang.dead_feed(scale),
    )
