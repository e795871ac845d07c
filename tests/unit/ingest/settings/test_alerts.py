import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.fault import SettingError
from ingest.settings.alerts import AlertKind, AlertSettings, QuietHours
from ingest.settings.settings import read_settings
from tests.fixtures.town import at

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PINGCHENG_ALERTS", raising=False)
    return tmp_path


def test_the_table_is_read_with_the_other_settings(folder):
    (folder / "pingcheng.toml").write_text(
        'plan = "plan.toml"\n[alerts]\nchannels = ["wecombot://geheim"]\n'
        'quiet_hours = "22:00-06:00"\nurgent = ["window_missed"]\n',
        encoding="utf-8",
    )
    alerts = read_settings().alerts
    assert [url.get_secret_value() for url in alerts.channels] == ["wecombot://geheim"]
    assert alerts.urgent == (AlertKind.WINDOW_MISSED,)
    assert "geheim" not in repr(alerts)
    assert "geheim" not in str(read_settings())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('quiet_hours = "22-6"', r"alerts\.quiet_hours = '22-6': write two different times"),
        ('quiet_hours = "07:00-07:00"', r"alerts\.quiet_hours = '07:00-07:00': write two"),
        ("hold_min = -1", r"alerts\.hold_min = -1: "),
        ('urgent = ["lunch"]', r"alerts\.urgent\.0 = 'lunch': "),
        ('language = "fr"', r"alerts\.language = 'fr': "),
        ('chanels = ["wecombot://geheim"]', r"alerts\.chanels = .*there is no such setting; "),
        ('channels = "wecombot://geheim"', r"alerts\.channels = \*\*\*: "),
        ('[alert]\nchannels = ["wecombot://geheim"]', r"alert = \*\*\*: there is no such"),
        ("channels = [7]", r"alerts\.channels\.0 = \*\*\*: "),
    ],
)
def test_a_broken_setting_names_key_and_value_but_no_secret(folder, text, told):
    table = "" if text.startswith("[") else "[alerts]\n"
    (folder / "pingcheng.toml").write_text(f"{table}{text}\n", encoding="utf-8")
    with pytest.raises(SettingError, match=told) as caught:
        read_settings()
    assert "geheim" not in str(caught.value)


def test_a_table_that_is_none_shows_no_secret(folder, monkeypatch):
    (folder / "pingcheng.toml").write_text('alerts = "wecombot://geheim"\n', encoding="utf-8")
    with pytest.raises(SettingError, match=r"alerts = \*\*\*") as caught:
        read_settings()
    assert "geheim" not in str(caught.value)
    monkeypatch.setenv("PINGCHENG_ALERTS", '{"channels": ["wecombot://geheim"')
    with pytest.raises(SettingError, match=r"alerts = \*\*\*") as caught:
        read_settings()
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("hours", "minutes", "quiet"),
    [
        ("22:00-06:00", (22 * 60, 0, 359), True),
        ("22:00-06:00", (22 * 60 - 1, 360, 720), False),
        ("12:00-13:30", (720, 809), True),
        ("12:00-13:30", (719, 810, 0), False),
    ],
)
def test_quiet_hours_may_go_over_midnight_and_end_before_their_last_minute(hours, minutes, quiet):
    parsed = QuietHours.parse(hours)
    assert [parsed.hold(minute) for minute in minutes] == [quiet] * len(minutes)


def test_quiet_hours_are_those_of_the_plan_s_time_zone():
    settings = AlertSettings(quiet_hours="22:00-06:00", urgent=["at_risk"])
    assert not settings.may_say(AlertKind.LATE_START, at("23:00"), ZONE)
    assert settings.may_say(AlertKind.LATE_START, at("23:00"), ZoneInfo("UTC"))
    assert settings.may_say(AlertKind.AT_RISK, at("23:00"), ZONE)


def test_the_page_of_alerts_tells_every_kind_and_every_key_with_its_default():
    page = Path(__file__).parents[4] / "docs" / "alerts.md"
    rows = re.findall(r"^\| (`.+?) \|(.*)\|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: cells for keys, cells in rows for name in re.findall(r"`(\w+)`", keys)}
    assert set(AlertKind) <= set(told)
    assert set(AlertSettings.model_fields) <= set(told)
    for key, field in AlertSettings.model_fields.items():
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert told[key].startswith(f" `{field.default:g}` |"), key
