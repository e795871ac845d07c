import json

import pytest
from typer.testing import CliRunner

from pingcheng import app

UNIT = "350000000000011"
FIX = {"event_time": "2022-03-28T07:00:00Z", "longitude": 113.3, "latitude": 40.08, "broom": 1}
FLESPI = {"ident": UNIT, "timestamp": 1_648_425_600, "position.longitude": 113.3,
          "position.latitude": 40.08, "position.direction": -1, "din": 3}  # fmt: skip
TOML = """
devices = "devices.csv"
[[topics]]
pattern = "fleet/{vehicle_id}/ping"
[[topics]]
pattern = "gateway/flespi"
dialect = "flespi"
[device_types.sweeper]
ignition = { signal = "din", bit = 0 }
[device_types.sweeper.tasks]
BRUSHING = { signal = "din", bit = 1 }
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pingcheng.toml").write_text(TOML, encoding="utf-8")
    table = (
        f"device_id,vehicle_id,datum,type,from,until\n{UNIT},T01,,sweeper,,2023-01-01T00:00:00Z\n"
    )
    (tmp_path / "devices.csv").write_text(table, encoding="utf-8")


def tried(*words, stdin=None):
    return CliRunner().invoke(app, ["device", "try", *words], input=stdin)


def test_a_payload_is_told_with_its_dialect_vehicle_signals_and_tasks(tmp_path):
    (tmp_path / "payload.json").write_text(json.dumps(FLESPI), encoding="utf-8")
    told = tried("payload.json")
    assert told.exit_code == 0
    assert "topic gateway/flespi, dialect flespi" in told.stdout
    assert "1: vehicle T01, datum wgs84, type sweeper" in told.stdout
    assert "din=3" in told.stdout
    assert "ignition on: din bit 0, told 3" in told.stdout
    assert "BRUSHING on: din bit 1, told 3" in told.stdout
    assert "left out: heading_deg" in told.stdout
    assert "tasks BRUSHING, working yes" in told.stdout


def test_the_name_in_the_topic_is_given_and_the_payload_may_stand_on_the_line_or_in_stdin():
    for told in (tried("--vehicle", "T02", json.dumps(FIX)),
                 tried("--vehicle", "T02", "-", stdin=json.dumps(FIX))):  # fmt: skip
        assert (told.exit_code, told.stderr) == (0, "")
        assert "topic fleet/T02/ping, dialect native" in told.stdout
        assert "broom=1" in told.stdout
        assert "tasks not told" in told.stdout


def test_what_is_refused_is_told_with_its_meaning_and_the_exit_code():
    late = FLESPI | {"timestamp": 1_672_531_200}
    told = tried(json.dumps([FLESPI, late]))
    assert told.exit_code == 1
    assert "1: vehicle T01" in told.stdout
    assert f"refused: device_unassigned (ident '{UNIT}'): The devices file lists" in told.stdout


def test_what_is_no_message_at_all_is_told():
    told = tried("--topic", "gateway/flespi", "-", stdin="{")
    assert (told.exit_code, "refused: not_json" in told.stderr) == (1, True)
    told = tried("--topic", "nowhere", json.dumps(FIX))
    assert (told.exit_code, "refused: bad_topic" in told.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("absent.json",), "no file that can be read"),
        (("--dialect", "native", "{}"), "give --vehicle"),
        (("--dialect", "morse", "{}"), "no dialect 'morse'"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(words, reason):
    told = tried(*words)
    assert told.exit_code == 2
    assert reason in " ".join(told.stderr.replace("│", " ").split())


def test_an_event_with_a_place_is_told_as_one_and_shows_no_card(tmp_path):
    settings = TOML.replace(
        "[device_types",
        '[[topics]]\npattern = "fleet/{vehicle_id}/event"\ndialect = "event"\n[device_types',
        1,
    )
    (tmp_path / "pingcheng.toml").write_text(settings, encoding="utf-8")
    event = {"event_time": "2022-03-28T07:00:00Z", "kind": "driver_card", "card": "1234567",
             "longitude": 113.3, "latitude": 40.08}  # fmt: skip
    told = tried("--vehicle", "T02", json.dumps(event))
    assert "topic fleet/T02/event, dialect event" in told.stdout
    assert "1234567" not in told.output
