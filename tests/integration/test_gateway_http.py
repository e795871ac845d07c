"""The HTTP gateway as a program: what it answered 200 is in the log, or in the quarantine."""

import json
import signal
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest

from ingest.broker.broker import Broker
from ingest.decoding.decoder import Decoder
from ingest.decoding.devices import Devices
from ingest.decoding.routes import routes_of
from ingest.gateway.http.tokens import ALL, Issued, hash_of, write_tokens
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Login
from ingest.mqtt.subscriber import Subscriber
from tests.fixtures.http_gateways import gateway_at
from tests.fixtures.mqtt import PATIENCE_S, until

TRUCK, DEVICE = "晋BQ0384", "861050000000001"
ROUTES = (
    ("gateway/osmand", "osmand"), ("gateway/traccar", "traccar"),
    ("owntracks/+/{vehicle_id}", "owntracks"),
)  # fmt: skip
FIRST_MS = 1_648_450_800_000


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store") as running:
        yield running


@pytest.fixture
def log(tmp_path, broker):
    """A log that ingest fills; the device is the truck's."""
    decoder = Decoder(routes_of(ROUTES), Devices({DEVICE: TRUCK}, {}))
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        ingest = Subscriber(
            broker.address, opened.write, login=Login("ingest"), decoder=decoder,
            clock_ms=lambda: round(datetime.now(UTC).timestamp() * 1000),
        )  # fmt: skip
        with ingest:
            ingest.wait_until_subscribed(PATIENCE_S)
            yield opened


def osmand(at_ms, device=TRUCK, **more):
    fix = {"id": device, "lat": "40.08", "lon": "113.3", "timestamp": str(at_ms), **more}
    return f"osmand?{urlencode(fix)}"


def forwarded(at_ms, **more):
    when = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    position = {"fixTime": when, "latitude": 40.08, "longitude": 113.3, "valid": True, "speed": 3.6}
    return json.dumps({"position": position | more, "device": {"uniqueId": DEVICE}}).encode()


def location(at_ms, **more):
    fix = {"_type": "location", "tst": at_ms // 1000, "lat": 40.08, "lon": 113.3, "vel": 6}
    return json.dumps(fix | more).encode()


def test_a_fix_by_each_protocol_is_a_ping_and_a_bad_one_is_quarantined(broker, log, tmp_path):
    with gateway_at(broker.address, tmp_path, "--open") as gateway:
        as_owntracks = {"X_Limit_U": "wang", "X_Limit_D": quote(TRUCK)}
        assert gateway.ask(osmand(FIRST_MS, speed="3.6")) == (200, b"")
        assert gateway.ask("traccar", forwarded(FIRST_MS + 1000)) == (200, b"")
        assert gateway.ask("owntracks", location(FIRST_MS + 2000), **as_owntracks) == (200, b"[]")
        client = {
            "location": {
                "timestamp": "2022-03-28T07:00:03Z",
                "coords": {"latitude": 40.08, "longitude": 113.3, "speed": 2},
            },
            "device_id": DEVICE,
        }
        assert gateway.ask("", json.dumps(client).encode())[0] == 200

        assert gateway.ask(osmand(FIRST_MS, lat="95"))[0] == 200
        assert gateway.ask("traccar", forwarded(FIRST_MS, valid=False))[0] == 200
        assert gateway.ask("owntracks", location(FIRST_MS, _type="lwt"), **as_owntracks)[0] == 200
        until(lambda: log.counters().received == 7)

        refused = gateway.ask("osmand?lat=1"), gateway.ask("traccar", b"{")
        assert [(status, json.loads(body)["code"]) for status, body in refused] == [
            (400, "missing_field"), (400, "not_json"),
        ]  # fmt: skip
        assert gateway.ask("nowhere")[0] == 404
    pings = log.read_pings().sort_values("event_time")
    assert pings["vehicle_id"].tolist() == [TRUCK] * 4
    instants = pings["event_time"].to_numpy("datetime64[ms]").astype("int64")
    assert (instants - FIRST_MS).tolist() == [0, 1000, 2000, 3000]
    assert pings["speed_mps"].to_numpy() == pytest.approx([1.852, 1.852, 6 / 3.6, 2.0])
    assert log.counters().rejected_by_code == {
        "coordinate_out_of_range": 1, "no_fix": 1, "not_a_position": 1,
    }  # fmt: skip


def test_who_has_no_token_is_not_let_in_and_a_new_token_counts_at_once(broker, log, tmp_path):
    path = tmp_path / "tokens.csv"
    tokens = {DEVICE: Issued(DEVICE, hash_of("own"), "2026-01-01")}
    write_tokens(path, tokens)
    with gateway_at(broker.address, tmp_path) as gateway:
        assert gateway.ask(osmand(FIRST_MS, DEVICE))[0] == 401
        assert gateway.ask(osmand(FIRST_MS, DEVICE, token="own"))[0] == 200
        assert gateway.ask(osmand(FIRST_MS, TRUCK, token="own"))[0] == 403
        assert (
            gateway.ask("traccar", forwarded(FIRST_MS + 1000), Authorization="Bearer s")[0] == 401
        )
        write_tokens(path, tokens | {ALL: Issued(ALL, hash_of("s"), "2026-01-02")})
        until(
            lambda: (
                gateway.ask("traccar", forwarded(FIRST_MS + 1000), Authorization="Bearer s")[0]
                == 200
            )
        )
        until(lambda: log.counters().stored == 2)


def test_without_a_broker_it_says_when_to_come_again_and_it_ends_in_peace(broker, tmp_path):
    with gateway_at(broker.address, tmp_path, "--open") as gateway:
        broker.kill()
        until(lambda: gateway.ask("healthz")[0] == 503)
        status, body = gateway.ask(osmand(FIRST_MS))
        assert (status, json.loads(body)["code"]) == (503, "broker_away")
        broker.start()
        until(lambda: gateway.ask(osmand(FIRST_MS))[0] == 200)
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(PATIENCE_S) == 0
        assert "gateway ends" in gateway.process.stderr.read()
