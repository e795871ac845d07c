"""The ways to pretend: each makes one attempt and says how far it came."""

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from benchmarks.ingest.raw_client import REFUSED, RawClient
from benchmarks.ingest.spoofing_target import HONEST, HOST, RETIRED, THIEF, VICTIM, Target
from ingest.broker.users import INGEST
from ingest.decoding.wire import topic_of


class Reached(Enum):
    """How far an attempt came, as the attacker sees it."""

    REFUSED = auto()
    """It was not let in."""
    SENT = auto()
    """It was let in and sent something; what became of that is to be found out."""
    IN = auto()
    """It got what it was not to have."""


class Attacker:
    """A truck with its own valid credentials, which keeps its connection while the broker does."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client: RawClient | None = None

    def publish(
        self, topic: str | bytes, vehicle: str, qos: int = 1, *, retain: bool = False
    ) -> Reached:
        """Publish a ping that says it is of `vehicle` under some topic."""
        name = topic.encode() if isinstance(topic, str) else topic
        client = self._client or self.target.connect(THIEF)
        self._client = client
        if not client.publish(name, self.target.payload(vehicle), qos, retain=retain):
            self.close()
        return Reached.SENT

    def subscribe(self, topic_filter: str, qos: int) -> Reached:
        """Subscribe, have an honest truck publish, and look whether it is delivered here."""
        with self.target.connect(THIEF) as client:
            if client.subscribe(topic_filter, qos) == REFUSED:
                return Reached.SENT
            self.target.settle()
            client.ping()
            return Reached.IN if client.delivered else Reached.SENT

    def take_over(self, client_id: str, *, clean: bool) -> Reached:
        """Come with the client id of ingest."""
        before = self.target.subscriber.network.connections
        try:
            with self.target.connect(THIEF, client_id, clean=clean) as client:
                client.ping()
                self.target.settle()
                client.ping()
                if client.delivered:
                    return Reached.IN
        except OSError:
            return Reached.REFUSED
        undisturbed = self.target.subscriber.network.connections == before
        return Reached.SENT if undisturbed else Reached.IN

    def log_in(self, login: tuple[str, str | None] | None, client_id: str = "x") -> Reached:
        """Try to log in, with a certificate if the broker asks for one, and publish."""
        target = self.target
        context = target.context(target.stem(THIEF) if target.asks_for_both else None)
        try:
            with RawClient((HOST, target.password_port), context, client_id, login) as client:
                client.publish(topic_of(VICTIM).encode(), target.payload(VICTIM), 1)
        except OSError:
            return Reached.REFUSED
        return Reached.IN

    def show(self, stem: Path | None, *, password: bool = True) -> Reached:
        """Show a certificate that is not to be accepted, and publish."""
        target = self.target
        login = (THIEF, target.passwords[THIEF]) if password else None
        try:
            with RawClient(
                (HOST, target.certificate_port), target.context(stem), "x", login
            ) as client:
                client.publish(topic_of(THIEF).encode(), target.payload(THIEF), 1)
        except OSError:
            return Reached.REFUSED
        return Reached.IN

    def close(self) -> None:
        """Drop the connection that is kept."""
        if self._client is not None:
            self._client.__exit__()
            self._client = None


Attempt = Callable[[Attacker, int], Reached]

_ODD_IDS = ("+", "#", "晋BQ+", "晋BQ038/5", "/", f"{VICTIM}/", f"../{VICTIM}", f"{VICTIM}#", "",
            "*", ">", f"{VICTIM}\0", " ", f"{VICTIM} ", f"{VICTIM}.ping")  # fmt: skip
_SERVER_TOPICS = ("$SYS/broker/uptime", "$SYS/REQ/SERVER/PING", "$MQTT/sub/x", "$MQTT/msgs/fleet",
                  "$MQTT.sub.x", "$JS/API/STREAM/DELETE/$MQTT_msgs", "$JS/ACK/x", "$G/x",
                  f"$share/x/{topic_of(VICTIM)}", f"${topic_of(VICTIM)}")  # fmt: skip
_FILTERS = ("#", "fleet/+/ping", topic_of(THIEF), topic_of(VICTIM), "+/+/+", "fleet/#",
            "$SYS/#", "$MQTT/#", "$MQTT/sub/#", "$share/x/fleet/+/ping")  # fmt: skip
_CLIENT_IDS = (
    INGEST,
    "pingcheng-ingest",
    "pingcheng",
    f"truck-{HONEST}",
    "ingest\0",
    "$MQTT_ingest",
)


def _wrong_login(attacker: Attacker, number: int) -> Reached:
    password = attacker.target.passwords[VICTIM]
    wrong = (
        (VICTIM, "wrong"), (VICTIM, password[:-1]), (VICTIM, password.swapcase()),
        (VICTIM, attacker.target.passwords[THIEF]), (INGEST, password), ("nobody", password),
        (RETIRED, password), (VICTIM + " ", password), (VICTIM, f"{password}x"),
    )  # fmt: skip
    return attacker.log_in(wrong[number % len(wrong)])


def _other_retained(attacker: Attacker, number: int) -> Reached:
    return attacker.publish(topic_of(VICTIM), VICTIM, number % 2, retain=True)


KINDS: dict[str, Attempt] = {
    "another truck's topic, QoS 1": lambda who, _: who.publish(topic_of(VICTIM), VICTIM),
    "another truck's topic, QoS 0": lambda who, _: who.publish(topic_of(VICTIM), VICTIM, 0),
    "another truck's topic, QoS 2": lambda who, _: who.publish(topic_of(VICTIM), VICTIM, 2),
    "another truck's topic, retained": _other_retained,
    "another truck's id in the payload": lambda who, _: who.publish(topic_of(THIEF), VICTIM),
    "ids with + # / and the like": lambda who, number: who.publish(
        f"fleet/{_ODD_IDS[number % len(_ODD_IDS)]}/ping", VICTIM, number % 2
    ),
    "a topic that is not UTF-8": lambda who, _: who.publish(b"fleet/\xff\xfe/ping", VICTIM),
    "below or above its own topic": lambda who, number: who.publish(
        (f"{topic_of(THIEF)}/x", f"fleet/{THIEF}", f"/{topic_of(THIEF)}")[number % 3], THIEF
    ),
    "topics of the server ($SYS, $MQTT)": lambda who, number: who.publish(
        _SERVER_TOPICS[number % len(_SERVER_TOPICS)], VICTIM, number % 2
    ),
    "a wrong password": _wrong_login,
    "no password": lambda who, number: who.log_in((VICTIM, None) if number % 2 else (VICTIM, "")),
    "anonymous": lambda who, number: who.log_in(
        None if number % 2 else ("", ""), ("x", VICTIM, INGEST)[number % 3]
    ),
    "an expired certificate": lambda who, _: who.show(who.target.folder / "expired"),
    "a revoked certificate": lambda who, _: who.show(who.target.folder / "revoked", password=False),
    "a certificate of another authority": lambda who, _: who.show(who.target.folder / "stranger"),
    "no certificate": lambda who, _: who.show(None),
    "subscribing as a truck": lambda who, number: who.subscribe(
        _FILTERS[number % len(_FILTERS)], number % 2
    ),
    "the client id of ingest": lambda who, number: who.take_over(
        _CLIENT_IDS[number % len(_CLIENT_IDS)], clean=number % 4 < 2
    ),
}
