"""Messages → pings and rejections, whatever the dialect."""

from ingest.acceptance import ANYTHING, Acceptance
from ingest.message import Message
from ingest.ping import Ping
from ingest.rejection import Rejection
from ingest.wire import TOPIC_FILTER, decode


class Decoder:
    """Reads messages on the terms of an `Acceptance`."""

    def __init__(self, acceptance: Acceptance = ANYTHING) -> None:
        self._acceptance = acceptance

    @property
    def topic_filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return (TOPIC_FILTER,)

    def decode(self, message: Message) -> tuple[list[Ping], list[Rejection]]:
        """Read one message; it never raises.

        Every ping it was meant to hold is in one of the two lists; a message that cannot be taken
        apart is one rejection.
        """
        return decode(
            message.topic, message.payload, message.received_ms, self._acceptance.vehicles
        )
