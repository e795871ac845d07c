import pytest

from ingest.fault import SettingError
from ingest.settings.settings import read_settings

FORMAT = """
[file_formats.beidou]
columns = { vehicle_id = "车牌号", speed_kmh = "速度" }
timezone = "Asia/Shanghai"
datum = "gcj02"
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_format_is_read_by_its_name(tmp_path):
    (tmp_path / "pingcheng.toml").write_text(FORMAT, encoding="utf-8")
    found = read_settings().file_formats["beidou"]
    assert found.columns == {"vehicle_id": "车牌号", "speed_kmh": "速度"}
    assert (found.timezone, found.datum, found.decimal) == ("Asia/Shanghai", "gcj02", None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('zone = "UTC"', "there are columns, timezone"),
        ('datum = "mars"', "wgs84"),
        ("decimal = 3", "write one of"),
    ],
)
def test_what_no_format_has_is_refused_with_what_there_is(tmp_path, line, told):
    text = f"{FORMAT.replace('datum', '# datum')}{line}\n"
    (tmp_path / "pingcheng.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=told):
        read_settings()
