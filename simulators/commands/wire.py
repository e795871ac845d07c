"""Pings on the wire, as ``simulate`` and ``replay`` send them: where to, how fast, how many."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from simulators.commands.console import failure, note, progress

if TYPE_CHECKING:
    import pandas as pd

    from ingest.broker.address import BrokerAddress

BurstOption = Annotated[
    int, typer.Option(min=1, max=1000, help="Fixes a tracker sends in one message.")
]
SpeedOption = Annotated[
    str, typer.Option(help="Times faster than recorded, such as 60, or max.", metavar="X|max")
]


def speed_factor(text: str) -> float:
    """Read ``max`` or how many times faster than recorded."""
    try:
        factor = math.inf if text == "max" else float(text)
    except ValueError:
        factor = 0.0
    if not factor > 0:
        raise typer.BadParameter(f"--speed takes max or a number above 0, got {text!r}")
    return factor


def address_of(text: str) -> "BrokerAddress":
    """Read where a broker listens."""
    from ingest.broker.address import BrokerAddress
    from ingest.fault import SettingError

    try:
        return BrokerAddress.parse(text)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None


def publish_all(pings: "pd.DataFrame", broker: "BrokerAddress", speed: float, burst: int) -> int:
    """Publish pings in their own timing; give how many the broker acknowledged."""
    from simulators.replay.replay import ReplayError, messages, publish

    with progress("publishing", len(pings)) as advance:
        try:
            return publish(
                messages(pings, burst), broker, speed, on_acknowledged=advance, tell=note
            )
        except ReplayError as error:
            raise failure(str(error)) from None
