"""What a channel of alerts is, and how it says that it did not take one."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from analytics.alerts.outbox import Outgoing


class DeliveryError(Exception):
    """A channel did not take a message; another try may succeed.

    Parameters
    ----------
    code
        By which such refusals are counted, as the service gives it; empty if it gives none.
    wait_ms
        Before this time is over no other try can succeed.
    is_paced
        Whether it was not even sent, since the service takes no more just now.
    """

    def __init__(
        self, message: str, *, code: str = "", wait_ms: int = 0, is_paced: bool = False
    ) -> None:
        super().__init__(message)
        self.code, self.wait_ms, self.is_paced = code, wait_ms, is_paced


class Channel(Protocol):
    """Where alerts are sent."""

    @property
    def name(self) -> str:
        """What it is called in the outbox and in logs."""

    def send(self, outgoing: Sequence[Outgoing]) -> Iterator[None]:
        """Send one after the other, giving way after each that was taken.

        Raises
        ------
        DeliveryError
            If one was not.
        """
