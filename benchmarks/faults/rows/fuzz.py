"""Broken messages for every dialect: `benchmarks.ingest.fuzz_decoders`."""

from benchmarks.faults.row import Row
from benchmarks.ingest.fuzz_decoders import fuzz

NAME = "fuzz"
WANTED = "0 uncaught exceptions"
EVERY_BROKER, EVERY_DATABASE = False, False

INPUTS = 1_000_000
_SEED = 1


def run_alone(_: str, scale: float) -> tuple[Row, ...]:
    """Throw the inputs at the decoders."""
    inputs = max(round(INPUTS * scale), 1000)
    outcomes = fuzz(inputs, _SEED)
    uncaught = sum(counts["uncaught"] for counts in outcomes.values())
    vanished = sum(counts["lost"] for counts in outcomes.values())
    refused = sum(counts.total() for counts in outcomes.values()) - uncaught - vanished
    refused -= sum(counts["ping"] for counts in outcomes.values())
    return (
        Row(
            fault=NAME,
            done=f"{inputs:,} inputs to {len(outcomes)} dialects",
            result=f"{uncaught:,} uncaught exceptions, {vanished:,} vanished, {refused:,} refused",
            wanted=WANTED,
            holds=uncaught + vanished == 0,
            figures={"inputs": inputs, "uncaught": uncaught, "vanished": vanished},
        ),
    )
