"""The decoder with types of devices: what each dialect's signals become."""

import json

import pytest

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import decoder_of
from ingest.decoding.message import Message
from ingest.ping import Ping
from ingest.settings.settings import Settings
from ingest.tasks import text_of
from tests.fixtures.payloads import FORWARDED, LOCATION, MESSAGE, REPORT

NOW_MS = 1_800_000_000_000
TYPES = {
    "native": {"tasks": {"BRUSHING": "broom", "SPRAYING": {"signal": "pump_bar", "above": 2}}},
    "flespi": {
        "ignition": "engine.ignition.status",
        "tasks": {"LIFTING": {"signal": "din", "bit": 1}, "COMPACTING": "can.pto.status"},
    },
    "traccar": {
        "ignition": "io239",
        "tasks": {"BRUSHING": {"signal": "in1", "invert": True}},
    },
    "osmand": {
        "ignition": "ignition",
        "tasks": {
            "LIFTING": {"signal": "in1", "invert": True},
            "COMPACTING": {"signal": "bar", "above": 40},
        },
    },
    "owntracks": {"tasks": {"GARBAGE_COLLECTION": {"signal": "inregions", "has": "圆点"}}},
    "ctwing": {
        "ignition": {"signal": "status", "bit": 0},
        "tasks": {
            "MUSIC": {"signal": "ext", "bit": 7},
            "LIFTING": {"signal": "items.e1", "bit": 4},
        },
    },
}  # fmt: skip
TOPICS = [
    {"pattern": "fleet/{vehicle_id}/ping"},
    {"pattern": "owntracks/u/{vehicle_id}", "dialect": "owntracks"},
    *(
        {"pattern": f"gateway/{name}", "dialect": name}
        for name in ("flespi", "traccar", "ctwing", "osmand")
    ),
]
TRACKED = MESSAGE | {"ident": "861050000000003"}
ASKED = {"id": "861050000000004", "timestamp": "1648191600", "lat": "40.08", "lon": "113.3"}
NATIVE = {"event_time": 1_648_191_600_000, "longitude": 113.3, "latitude": 40.08}


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    path = tmp_path_factory.mktemp("devices") / "devices.csv"
    rows = [
        "n1,T01,,native", "861050000000003,T01,,flespi", "861050000000001,T01,,traccar",
        "phone,T01,,owntracks", "861050000000002,T01,,ctwing",
        "861050000000004,T01,,osmand",
    ]  # fmt: skip
    path.write_text("\n".join(["device_id,vehicle_id,datum,type", *rows]), encoding="utf-8")
    return decoder_of(Settings(topics=TOPICS, devices=path, device_types=TYPES), Acceptance())


def traccar(**attributes):
    return {"position": FORWARDED | {"attributes": attributes},
            "device": {"uniqueId": "861050000000001"}}  # fmt: skip


def ctwing(**more):
    return {"deviceId": "861050000000002", "payload": REPORT | more}


@pytest.mark.parametrize(
    ("topic", "payload", "tasks", "working"),
    [
        ("fleet/n1/ping", NATIVE | {"broom": True, "pump_bar": 3.5}, "SPRAYING+BRUSHING", True),
        ("fleet/n1/ping", NATIVE | {"broom": 0, "pump_bar": 0.4}, "NONE", False),
        ("fleet/n1/ping", NATIVE | {"broom": True}, None, True),
        ("fleet/n1/ping", NATIVE | {"broom": 1, "pump_bar": 9, "tasks": ["MUSIC"]}, "MUSIC", True),
        ("fleet/T01/ping", NATIVE | {"broom": True, "pump_bar": 3.5}, None, None),  # not listed
        ("gateway/flespi", TRACKED | {"din": 2, "can.pto.status": False}, "LIFTING", True),
        ("gateway/flespi", TRACKED | {"engine.ignition.status": False, "din": 2}, "NONE", False),
        ("gateway/flespi", TRACKED, None, None),
        ("gateway/traccar", traccar(in1=False, io239=1), "BRUSHING", True),
        ("gateway/traccar", traccar(in1=True), "NONE", False),
        ("gateway/traccar", traccar(in1=False, io239=0), "NONE", False),
        ("gateway/osmand", ASKED | {"in1": "false", "bar": "41.5"}, "LIFTING+COMPACTING", True),
        ("gateway/osmand", ASKED | {"in1": "1", "bar": "0"}, "NONE", False),
        ("gateway/osmand", ASKED | {"in1": "0", "bar": "9", "ignition": "false"}, "NONE", False),
        ("gateway/osmand", ASKED | {"bar": "41"}, None, True),
        ("owntracks/u/phone", LOCATION | {"inregions": ["圆点", "x"]}, "GARBAGE_COLLECTION", True),
        ("owntracks/u/phone", LOCATION | {"inregions": []}, "NONE", False),
        ("gateway/ctwing", ctwing(status=3, ext=0x80, items={"e1": "0010"}), "LIFTING+MUSIC", True),
        ("gateway/ctwing", ctwing(status=3, ext=0x00, items={"e1": "0000"}), "NONE", False),
        ("gateway/ctwing", ctwing(status=2, ext=0x80), "NONE", False),  # the key is turned off
        ("gateway/ctwing", ctwing(status=3, ext=0x80), None, True),
    ],
)
def test_signals_become_the_tasks_that_the_type_of_the_device_tells(
    decoder, topic, payload, tasks, working
):
    message = Message(topic, json.dumps(payload).encode(), NOW_MS)
    [fix], [] = decoder.decode(message)
    assert fix.vehicle_id == "T01"
    assert (None if fix.tasks is None else text_of(fix.tasks), fix.working) == (tasks, working)
    [explained] = decoder.explain(message)
    assert explained.outcome == fix  # what is shown is what is done


def test_what_is_refused_is_explained_with_its_signals(decoder):
    payload = json.dumps(NATIVE | {"broom": 1, "pump_bar": 1, "longitude": 200, "hdop": -1})
    message = Message("fleet/n1/ping", payload.encode(), NOW_MS)
    [explained] = decoder.explain(message)
    assert not isinstance(explained.outcome, Ping)
    assert explained.outcome.code == "coordinate_out_of_range"
    assert explained.signals["broom"] == 1
    assert explained.told.tasks == ("BRUSHING",)
    [explained] = decoder.explain(
        Message("fleet/n1/ping", json.dumps(NATIVE | {"hdop": -1}).encode(), NOW_MS)
    )
    assert explained.ignored == {"hdop": 1}


def test_a_type_that_the_settings_do_not_have_is_a_fault_of_the_devices_file(tmp_path):
    (tmp_path / "devices.csv").write_text("device_id,vehicle_id,type\n1,T01,sweper\n")
    settings = Settings(devices=tmp_path / "devices.csv", device_types=TYPES)
    with pytest.raises(
        ValueError, match=r"devices\.csv:2: 'sweper': .*\[device_types\.sweper\]; there are ctwing"
    ):
        decoder_of(settings, Acceptance())
