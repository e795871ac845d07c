"""Throws broken messages at every dialect: ``python -m benchmarks.ingest.fuzz_decoders``.

Sound payloads are damaged, as JSON and as bytes, and sent under sound and damaged topics. Whatever
comes out is counted; an exception, or a message that vanishes, is a failure. The same seed gives
the same inputs, so a failure can be found again by its number.
"""

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from ingest.datum import Datum
from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import Devices
from ingest.decoding.message import Message
from ingest.decoding.rejection import LONGEST_PAYLOAD, Rejection
from ingest.decoding.routes import routes_of

RECEIVED_MS = 1_648_191_660_000  # 2022-03-25T07:01:00Z
TRUCK = "晋BQ0384"
_FIX = {
    "event_time": "2022-03-25T07:00:00.250Z", "longitude": 113.3, "latitude": 40.08,
    "speed_mps": 2.8, "heading_deg": 90.5, "accuracy_m": 5.0, "hdop": 0.9, "satellites": 11,
    "working": True, "tasks": ["BRUSHING", "SPRAYING"], "vehicle_id": TRUCK,
}  # fmt: skip
_OWNTRACKS = {
    "_type": "location", "tst": 1648191600, "lat": 40.08, "lon": 113.3, "vel": 10, "cog": 271,
    "acc": 5, "tid": "JJ",
}  # fmt: skip
_TRACCAR = {
    "position": {
        "fixTime": "2022-03-25T07:00:00.250+0000", "valid": True, "outdated": False,
        "latitude": 40.08, "longitude": 113.3, "speed": 5.4, "course": 10.0, "accuracy": 0.0,
        "attributes": {"sat": 18, "hdop": 0.7},
    },
    "device": {"uniqueId": "861050000000001"},
}  # fmt: skip
_FLESPI = {
    "timestamp": 1648191600.25, "position.latitude": 40.08, "position.longitude": 113.3,
    "position.speed": 10, "position.direction": 262.6, "position.satellites": 10,
    "position.hdop": 1.1, "position.valid": True, "ident": "861050000000001",
}  # fmt: skip
_CTWING = {
    "msgid": 512, "extras": "CgsM", "alarmSign": 0, "status": 3, "latitude": 40080000,
    "longitude": 113300000, "elevation": 217, "speed": 30, "direction": 197,
    "time": "220325150000",
}  # fmt: skip
_JT808 = {
    "msgid": 512, "terminal": "10000000001", "version": 2019, "serial": 7, "alarm": 0, "status": 3,
    "latitude": 40080000, "longitude": 113300000, "altitude": 1040, "speed": 30, "direction": 197,
    "time": "220325150000", "ext": 5, "io": 1, "satellites": 11, "items": {"e1": "aabb"},
}  # fmt: skip
_BATCH = {"msgid": 1796, "count": 2, "type": 1, "datalist": json.dumps([_CTWING, _CTWING])}
_OSMAND = {
    "id": "861050000000001", "timestamp": "1648191600", "lat": "40.08", "lon": "113.3",
    "speed": "5.4", "bearing": "271", "altitude": "1040", "accuracy": "5", "hdop": "0.9",
    "batt": "77", "valid": "true",
}  # fmt: skip
_TRACCAR_CLIENT = {
    "location": {
        "timestamp": "2022-03-25T07:00:00.250Z", "is_moving": True, "odometer": 12,
        "coords": {
            "latitude": 40.08, "longitude": 113.3, "accuracy": 5, "speed": 2.8, "heading": -1,
            "altitude": 1040,
        },
    },
    "device_id": "861050000000001",
}  # fmt: skip
CORPUS: dict[str, list[Any]] = {
    "native": [_FIX, [_FIX] * 3, [_FIX, {}]],
    "owntracks": [_OWNTRACKS, _OWNTRACKS, _OWNTRACKS, {"_type": "lwt", "tst": 1648191600}],
    "traccar": [_TRACCAR],
    "osmand": [
        _OSMAND,
        _TRACCAR_CLIENT,
        {"deviceid": TRUCK, "timestamp": "2022-03-25T15:00:00 0800", "location": "40.08,113.3"},
    ],
    "flespi": [_FLESPI, [_FLESPI] * 2],
    "ctwing": [
        _CTWING,
        _BATCH,
        {"deviceId": "861050000000001", "messageType": "dataReport", "payload": _CTWING},
        {"IMEI": "861050000000001", "payload": json.dumps(_BATCH)},
    ],
    "jt808": [
        _JT808,
        [_JT808 | {"blind": True}] * 2,
        [_JT808, {"terminal": "10000000001", "fault": "bad_body", "bytes": "aabb"}],
    ],
}
"""Sound payloads by dialect."""

ODD_VALUES: list[Any] = [
    None, True, False, 0, -0.0, -1, 1, 360, 512, 1796, 1e308, -1e308, 5e-324, 10**17, 10**40,
    -(10**400), float("nan"), float("inf"), float("-inf"), "", "NaN", "\0", "\ud800", "长" * 50,
    "2022-03-25T07:00:00Z", "2022-13-45T99:00:00Z", "220325150000", "000000000000", [], {}, [[]],
    {"": None}, [0] * 50, "[" * 40, '{"a":', "9" * 5000,
]  # fmt: skip
_ODD_TEXTS = [
    b"NaN", b"Infinity", b"1e999", b"-", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\ud800", b"\\u0000",
    b"\0", b'"', b"\\", b"[", b"{", b"]", b"}", b",", b":", b"\xef\xbb\xbf", b"0" * 60,
    b'"event_time":1,', b'"longitude":"x",', b'"msgid":1796,',
]  # fmt: skip


def main() -> None:
    """Fuzz and print the table; exit code 1 if anything was raised or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started_s = time.perf_counter()
    outcomes = fuzz(arguments.inputs, arguments.seed)
    seconds = time.perf_counter() - started_s
    codes = sorted({outcome for counts in outcomes.values() for outcome in counts})
    print(f"| outcome | {' | '.join(CORPUS)} |")
    print(f"|---|{'---|' * len(CORPUS)}")
    for code in codes:
        print(f"| {code} | {' | '.join(f'{outcomes[name][code]:,}' for name in CORPUS)} |")
    uncaught = sum(counts["uncaught"] + counts["lost"] for counts in outcomes.values())
    print(f"\n{arguments.inputs:,} inputs in {seconds:.0f} s, seed {arguments.seed}: "
          f"{uncaught} uncaught exceptions or lost messages")  # fmt: skip
    sys.exit(1 if uncaught else 0)


def fuzz(inputs: int, seed: int) -> dict[str, Counter[str]]:
    """Count outcomes by dialect: ``ping``, a rejection code, ``lost`` or ``uncaught``."""
    chance = random.Random(seed)
    decoders = {name: decoder_of(name) for name in CORPUS}
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in CORPUS}
    for number in range(inputs):
        name = chance.choice(list(CORPUS))
        message = message_of(chance, name)
        try:
            pings, rejections = decoders[name].decode(message)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            outcomes[name]["uncaught"] += 1
            print(f"input {number} of seed {seed}: {message!r:.2000}", file=sys.stderr)
            traceback.print_exc()
            continue
        outcomes[name]["ping"] += len(pings)
        outcomes[name].update(each.code.value for each in rejections)
        outcomes[name]["lost"] += not pings and not rejections
        if number % 20 == 0:
            outcomes[name]["lost"] += forgotten_of(decoders[name], message, rejections)
    return outcomes


def decoder_of(dialect: str) -> Decoder:
    """Make a decoder whose topics have a dialect."""
    routes = routes_of(
        [("in/{vehicle_id}/up", dialect), ("gateway/+", dialect), ("deep/{vehicle_id}/#", dialect)]
    )
    devices = Devices({"861050000000001": TRUCK}, {"机扫1-113": Datum.GCJ02, "车": Datum.BD09})
    acceptance = Acceptance(
        frozenset({TRUCK, "机扫1-113", "车"}), Area(110.0, 38.0, 116.0, 42.0), 86_400_000
    )
    return Decoder(routes, devices, acceptance)


def message_of(chance: random.Random, dialect: str) -> Message:
    """Damage a sound payload of a dialect, or its topic."""
    vehicle = chance.choice([TRUCK] * 5 + ["861050000000001", "机扫1-113", "车", "other"])
    topic = chance.choice([f"in/{vehicle}/up", f"deep/{vehicle}/a/b", "gateway/x"])
    if chance.random() < 0.05:
        topic = _damaged_topic(chance, topic)
    content = chance.choice(CORPUS[dialect] if chance.random() < 0.97 else ODD_VALUES)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        content = damaged(chance, content)
    payload = written(chance, content)
    for _ in range(chance.choice((0, 0, 1, 3))):
        payload = chance.choice(BYTE_DAMAGES)(chance, payload)
    return Message(topic, payload, RECEIVED_MS, retained=chance.random() < 0.01)


def _damaged_topic(chance: random.Random, topic: str) -> str:
    at = chance.randrange(len(topic) + 1)
    odd = chance.choice(["", "/", "+", "#", " ", "\0", "\u200b", "\ud800", "$", "x" * 200, "//"])
    return topic[:at] + odd + topic[at + chance.randrange(3) :]


def damaged(chance: random.Random, content: Any) -> Any:  # noqa: ANN401 - any JSON
    """Change one place of some JSON, in the text of JSON within it too."""
    if isinstance(content, str) and content[:1] in {"[", "{"} and chance.random() < 0.8:
        return _damaged_text(chance, content)
    if content and chance.random() < 0.9:
        if isinstance(content, dict):
            return _damaged_object(chance, content)
        if isinstance(content, list):
            return _damaged_array(chance, content)
    if isinstance(content, int | float) and abs(content) < 1e300 and chance.random() < 0.4:
        return content * chance.choice((-1, 0, 0.5, 10, 1e6, 1e-9))
    if chance.random() < 0.1:
        return [content] * chance.choice((1, 3)) if chance.random() < 0.5 else {"a": content}
    return chance.choice(ODD_VALUES)


def _damaged_text(chance: random.Random, content: str) -> str:
    try:
        return json.dumps(damaged(chance, json.loads(content)))
    except (ValueError, RecursionError):
        return content


def _damaged_object(chance: random.Random, content: dict[str, Any]) -> dict[str, Any]:
    key = chance.choice(list(content))
    changed = dict(content)
    roll = chance.random()
    if roll < 0.15:
        del changed[key]
    elif roll < 0.25:
        changed[key + chance.choice(["", " ", "\0", "_ms"])] = changed.pop(key)
    else:
        changed[key] = damaged(chance, content[key])
    return changed


def _damaged_array(chance: random.Random, content: list[Any]) -> list[Any]:
    if len(content) < 10 and chance.random() < 0.1:
        return content * chance.choice((0, 2, 300))
    at = chance.randrange(len(content))
    return [*content[:at], damaged(chance, content[at]), *content[at + 1 :]]


def written(chance: random.Random, content: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write JSON as bytes, now and then with something very deep in it."""
    text = json.dumps(content, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.02:
        depth = chance.choice((31, 32, 33, 999, 1001, 100_000))
        opening, closing = chance.choice([("[", "]"), ('{"a":', "}"), ("[", "")])
        depth = min(depth, 40_000) if len(opening) > 1 else depth
        text = text[:-1] + ',"deep":' + opening * depth + "1" + closing * depth + text[-1:]
    return text.encode("utf-8", "surrogatepass")


def _cut(chance: random.Random, payload: bytes) -> bytes:
    return payload[: chance.randrange(len(payload) + 1)]


def _flip(chance: random.Random, payload: bytes) -> bytes:
    if not payload:
        return payload
    at = chance.randrange(len(payload))
    return payload[:at] + bytes([payload[at] ^ 1 << chance.randrange(8)]) + payload[at + 1 :]


def _insert(chance: random.Random, payload: bytes) -> bytes:
    at = chance.randrange(len(payload) + 1)
    return payload[:at] + chance.choice(_ODD_TEXTS) + payload[at:]


def _repeat(chance: random.Random, payload: bytes) -> bytes:
    start = chance.randrange(len(payload) + 1)
    end = chance.randrange(start, min(len(payload), start + 500) + 1)
    return payload[:end] + payload[start:end] * chance.choice((1, 1, 1, 40)) + payload[end:]


def _noise(chance: random.Random, payload: bytes) -> bytes:
    if chance.random() < 0.9:
        return payload
    return chance.randbytes(chance.randrange(300))


BYTE_DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _cut, _flip, _flip, _flip, _insert, _insert, _repeat, _noise,
)  # fmt: skip


def forgotten_of(decoder: Decoder, message: Message, rejections: list[Rejection]) -> int:
    """Count refused payloads that are not refused again, under the same code, by themselves."""
    forgotten = 0
    for rejection in rejections[:10]:
        if rejection.payload_bytes > LONGEST_PAYLOAD:
            continue
        again = Message(message.topic, rejection.payload, message.received_ms, message.retained)
        pings, refused = decoder.decode(again)
        forgotten += bool(pings) or [each.code for each in refused] != [rejection.code]
    return forgotten


if __name__ == "__main__":
    main()
