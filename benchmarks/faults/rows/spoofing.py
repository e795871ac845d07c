"""Attempts to get pings into the log in another truck's name: `benchmarks.ingest.spoofing`."""

from benchmarks.faults.row import Row
from benchmarks.ingest import spoofing

NAME = "spoofing"
WANTED = "0 accepted"
EVERY_BROKER, EVERY_DATABASE = True, False

ATTEMPTS = 10_000


def run_alone(broker: str, scale: float) -> tuple[Row, ...]:
    """Make the attempts at one broker, with credentials and TLS as they are shipped."""
    tallies = spoofing.attack_all(broker, max(round(ATTEMPTS * scale), 50))
    attempts = sum(tally.attempts for tally in tallies.values())
    accepted = sum(tally.accepted for tally in tallies.values())
    at_connect = sum(tally.refused_at_connect for tally in tallies.values())
    dropped = sum(tally.dropped_by_broker for tally in tallies.values())
    refused = sum(tally.refused_by_ingest for tally in tallies.values())
    return (
        Row(
            fault=NAME,
            done=f"{attempts:,} attempts of {len(tallies)} kinds",
            result=(
                f"{accepted:,} accepted; {at_connect:,} refused at connect, {dropped:,} dropped by "
                f"the broker, {refused:,} refused by ingest"
            ),
            wanted=WANTED,
            holds=accepted == 0,
            figures={"attempts": attempts, "accepted": accepted},
        ),
    )
