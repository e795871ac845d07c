import pytest
import typer

from ingest.commands.file_terms import FileTerms
from ingest.datum import Datum

SAVED = """
[file_formats.beidou]
columns = { vehicle_id = "车牌号", speed_kmh = "速度" }
timezone = "Asia/Shanghai"
delimiter = "tab"
"""


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pingcheng.toml").write_text(SAVED, encoding="utf-8")


def test_the_line_counts_before_the_named_format():
    found = FileTerms(["vehicle_id=车号"], "beidou", timezone="UTC", datum="GCJ02").file_format()
    assert found.columns == {"vehicle_id": "车号", "speed_kmh": "速度"}
    assert (found.timezone, found.delimiter, found.datum) == ("UTC", "\t", Datum.GCJ02)


def test_nothing_told_is_the_format_of_our_own():
    assert not FileTerms().is_told
    assert FileTerms().file_format().is_native


@pytest.mark.parametrize(
    ("terms", "hint", "told"),
    [
        (FileTerms(name="other"), "--format", "beidou"),
        (FileTerms(["speed=v"]), "--map", "speed_kmh"),
        (FileTerms(timezone="Mars"), "--timezone", "Mars"),
        (FileTerms(datum="mars"), "--datum", "bd09"),
        (FileTerms(date_order="ydm"), "--date-order", "dmy"),
    ],
)
def test_wrong_use_names_the_option_and_what_there_is(terms, hint, told):
    with pytest.raises(typer.BadParameter, match=told) as caught:
        terms.file_format()
    assert caught.value.param_hint == hint
