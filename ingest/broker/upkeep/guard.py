"""Looks after a running nats-server, so that a full store heals and old sessions hold nothing.

Once a second it sets the bound of messages by what the disk has left, so that they are refused
while there is still room for sessions, and taken again as soon as there is room for them. When the
disk was full all the same, the server writes nothing more until it is started again: that is done
as soon as there is room. At the start it brings the settings of consumers up to date, and removes
what clients have left behind that were connected when the server ended.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog

from ingest.broker.upkeep.admin import HALF_STREAM, RETAINED_STREAM, NatsAdmin
from ingest.broker.upkeep.backlog import MESSAGES_STREAM
from ingest.broker.upkeep.limits import MIB, SIDE_BYTES, StoreLimits, is_alarming, is_due
from ingest.broker.upkeep.monitor import StoreState
from ingest.broker.upkeep.sessions import ended_before, outdated, strays_of
from ingest.fault import BrokerError

_LOOK_S = 1.0
_SURE = 3
"""A fault that is told so many times in a row does not go by itself."""
_LONGEST_SURE, _PATIENTER, _SOUND = 600, 4, 600
"""What a start did not mend is waited for four times as long each time, until ten sound minutes."""
_LEAST_FREE_BYTES = 64 * MIB
_STOP_S = 30.0

log = structlog.get_logger(__name__)


class Told(Protocol):
    """What a guard asks of `ingest.broker.upkeep.monitor.Monitor`."""

    def store(self) -> StoreState:
        """Tell how full the store is."""

    def fault(self) -> str:
        """Tell why nothing can be kept; empty if it can."""


class Guard:
    """A thread that looks after a server from `start` to `stop`.

    Parameters
    ----------
    began
        When the server was started.
    free_bytes
        Tells how much the disk of the store has left.
    restart
        Ends the server and starts it again, and gives who may be asked from then on.
    node
        Its name among several nodes; None if it is alone. Of several only the one that leads sets
        the bound of messages, and none removes sessions: their clients may be with another.
    """

    def __init__(
        self,
        admin: NatsAdmin,
        monitor: Told,
        limits: StoreLimits,
        *,
        began: datetime,
        free_bytes: Callable[[], int],
        restart: Callable[[], tuple[NatsAdmin, Told, datetime]],
        node: str | None = None,
    ) -> None:
        self._admin, self._monitor, self._limits = admin, monitor, limits
        self._began, self._free_bytes, self._restart = began, free_bytes, restart
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="broker-guard", daemon=True)
        self._alarmed = self._tidied = False
        self._faults, self._sound, self._sure = 0, 0, _SURE
        self._node = node
        self._node_faults: list[str] = []
        self._wanted: tuple[float, int] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for that."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def renew(self, ack_wait_s: float, max_ack_pending: int) -> None:
        """Give sessions that exist the settings that new ones get; what waits in them stays.

        nats-server itself keeps those with which each consumer was made.
        """
        try:
            old = outdated(self._admin.consumers(), ack_wait_s, max_ack_pending)
            if old:
                self._admin.renew([one.name for one in old], ack_wait_s, max_ack_pending)
        except BrokerError as error:
            log.error("sessions keep their old settings", reason=str(error))
            return
        if old:
            log.info(
                "sessions were given the present settings",
                consumers=len(old),
                ack_wait_s=ack_wait_s,
                max_ack_pending=max_ack_pending,
                waiting=sum(one.waiting for one in old),
            )

    def renew_later(self, ack_wait_s: float, max_ack_pending: int) -> None:
        """Do what `renew` does as soon as this node leads: before, nobody might answer."""
        self._wanted = ack_wait_s, max_ack_pending

    def tidy(self) -> None:
        """Remove the sessions that should have ended with connections of an earlier run.

        They would hold all that is published from now on.
        """
        stored, consumers = self._admin.stored_sessions(), self._admin.consumers()
        ended = ended_before(stored, self._began)
        strays = [
            one
            for one in strays_of(stored, consumers)
            if one.since < self._began and not one.is_bound
        ]
        if ended or strays:
            self._admin.forget(ended, [one.name for one in strays])
            log.info("sessions of an earlier run were removed", sessions=len(ended),
                     consumers=len(strays))  # fmt: skip

    def look(self) -> None:
        """Look once.

        Raises
        ------
        BrokerError
            If the server does not answer.
        """
        free_bytes = self._free_bytes()
        self._mend(self._monitor.fault(), free_bytes)
        state = self._monitor.store()
        if self._node is None or state.leader == self._node:
            self._bound(state, free_bytes)
            if self._wanted is not None:
                self.renew(*self._wanted)
                self._wanted = None
        self._tell(state, free_bytes)
        self._tell_nodes(state)
        if not self._tidied and self._node is None:
            self.tidy()
            self._tidied = True

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                with suppress(BrokerError):  # it ends, or has ended: its owner sees that
                    self.look()
            except Exception:  # the next look may be luckier, and a thread must not end unseen
                log.exception("the broker could not be looked after")

    def _mend(self, fault: str, free_bytes: int) -> None:
        self._faults, self._sound = (self._faults + 1, 0) if fault else (0, self._sound + 1)
        if self._sound >= _SOUND:
            self._sure = _SURE
        if self._faults == _SURE:
            log.error("the broker can keep nothing", reason=fault, free_bytes=free_bytes)
        if self._faults < self._sure:
            return
        if free_bytes >= min(_LEAST_FREE_BYTES, self._limits.reserve_bytes):
            log.warning("the broker is started again, as there is room", free_bytes=free_bytes)
            try:
                self._admin, self._monitor, self._began = self._restart()
            except BrokerError as error:  # its owner sees that it has ended
                log.error("the broker could not be started again", reason=str(error))
                raise
            self._tidied = False  # the sessions that this ended are of an earlier run, too
            self._faults, self._sure = 0, min(self._sure * _PATIENTER, _LONGEST_SURE)

    def _bound(self, state: StoreState, free_bytes: int) -> None:
        # the messages first: a smaller bound makes room for the others
        if MESSAGES_STREAM in state.streams:  # it is made when the first client comes
            wanted_bytes = self._limits.messages_bytes(state.waiting_bytes, free_bytes)
            if is_due(state.streams[MESSAGES_STREAM], wanted_bytes):
                self._admin.bound(MESSAGES_STREAM, wanted_bytes)
        for stream in (HALF_STREAM, RETAINED_STREAM):
            if stream in state.streams and is_due(state.streams[stream], SIDE_BYTES):
                self._admin.bound(stream, SIDE_BYTES)

    def _tell_nodes(self, state: StoreState) -> None:
        before, self._node_faults = self._node_faults, state.node_faults
        if self._node_faults == before:
            return
        for fault in self._node_faults:
            log.error("the broker's nodes are not as they should be", reason=fault)
        if not self._node_faults:
            log.info("the broker's nodes are as they should be", nodes=state.nodes)

    def _tell(self, state: StoreState, free_bytes: int) -> None:
        alarming = is_alarming(state.share, alarmed=self._alarmed)
        if alarming == self._alarmed:
            return
        self._alarmed = alarming
        told = {
            "share": round(state.share, 2),
            "waiting": state.waiting,
            "waiting_bytes": state.waiting_bytes,
            "limit_bytes": state.limit_bytes,
            "free_bytes": free_bytes,
        }
        if alarming:
            log.warning(
                "the broker's store fills: beyond its limit no ping is acknowledged", **told
            )
        else:
            log.info("the broker's store has room again", **told)
