import pytest

from ingest.decoding.dialects.ctwing import CtWing
from ingest.decoding.dialects.event import Events
from ingest.decoding.dialects.flespi import Flespi
from ingest.decoding.dialects.jt808 import Jt808
from ingest.decoding.dialects.native import Native
from ingest.decoding.dialects.owntracks import OwnTracks
from ingest.decoding.dialects.registry import load_dialect, name_of
from ingest.decoding.dialects.traccar import Traccar
from ingest.decoding.rejection import RejectionCode as Code
from ingest.fault import SettingError
from tests.fixtures.dialects import decoded
from tests.fixtures.semicolons import Semicolons

OFFERED = """
[pingcheng.dialects]
semicolons = tests.fixtures.semicolons:Semicolons
odd = tests.fixtures.semicolons:NotADialect
absent = nowhere:Nothing
flespi = tests.fixtures.semicolons:Semicolons
traccar = ingest.decoding.dialects.traccar:Traccar
native = tests.fixtures.semicolons:Semicolons
"""


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """Install a distribution that offers dialects."""
    info = tmp_path / "semicolons-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: semicolons\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(OFFERED)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("native", Native),
        ("owntracks", OwnTracks),
        ("traccar", Traccar),
        ("flespi", Flespi),
        ("ctwing", CtWing),
        ("event", Events),
        ("jt808", Jt808),
    ],
)
def test_the_dialects_of_this_project_are_found_by_name(name, kind):
    assert type(load_dialect(name)) is kind
    assert name_of(kind()) == name


@pytest.mark.usefixtures("third_party")
def test_another_distribution_can_add_a_dialect():
    payload = b"113.3;40.08;1648191600\n113.3;95;1648191601"
    [fix], [rejection] = decoded("semicolons", payload)
    assert (fix.event_time_ms, fix.longitude) == (1648191600000, 113.3)
    assert rejection.code is Code.COORDINATE_OUT_OF_RANGE
    assert rejection.payload == b"113.3;95;1648191601"


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("odd", r"'odd' \(tests\.fixtures\.semicolons:NotADialect of semicolons\) is no subclass"),
        ("absent", r"nowhere:Nothing of semicolons.* ModuleNotFoundError"),
        ("flespi", r"offered twice, by .*:Flespi of pingcheng and .* of semicolons; uninstall one"),
    ],
)
def test_a_dialect_that_cannot_be_used_stops_the_start(name, told):
    with pytest.raises(SettingError, match=told):
        load_dialect(name)


@pytest.mark.usefixtures("third_party")
def test_a_dialect_that_is_found_twice_at_one_place_is_one():
    assert type(load_dialect("traccar")) is Traccar


@pytest.mark.usefixtures("third_party")
def test_nobody_else_can_be_the_native_dialect():
    assert type(load_dialect("native")) is Native


@pytest.mark.usefixtures("third_party")
def test_an_unknown_name_is_told_with_all_names_there_are():
    known = (
        "absent, ctwing, event, flespi, jt808, native, odd, osmand, owntracks, semicolons, traccar"
    )
    with pytest.raises(SettingError, match=f"there is no dialect '车机'; there are {known}$"):
        load_dialect("车机")


def test_where_nothing_is_installed_there_still_is_the_native_dialect(monkeypatch):
    monkeypatch.setattr("ingest.decoding.dialects.registry.entry_points", lambda **_: [])
    assert type(load_dialect("native")) is Native
    with pytest.raises(SettingError, match=r"there is no dialect 'flespi'; there are native$"):
        load_dialect("flespi")


@pytest.mark.usefixtures("third_party")
def test_each_call_makes_a_dialect_of_its_own():
    assert isinstance(load_dialect("semicolons"), Semicolons)
    assert load_dialect("semicolons") is not load_dialect("semicolons")
