import pytest

from ingest.fault import SettingError
from ingest.settings.settings import ENVIRONMENT_PREFIX, Settings, read_settings


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(ENVIRONMENT_PREFIX + name.upper(), raising=False)
    return tmp_path


def test_without_any_setting_the_defaults_hold():
    assert read_settings().broker == "mqtt://127.0.0.1:1883"


def test_the_environment_comes_before_the_file(folder, monkeypatch):
    (folder / "pingcheng.toml").write_text(
        'database = "sqlite:///车.db"\nplan = "plan.toml"\n', encoding="utf-8"
    )
    assert read_settings().database == "sqlite:///车.db"
    monkeypatch.setenv("PINGCHENG_DATABASE", "sqlite:///other.db")
    assert read_settings().database == "sqlite:///other.db"
    assert str(read_settings().plan) == "plan.toml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('broker = "tcp://here"', "broker = 'tcp://here': 'tcp://here' is no address"),
        ('broker = "mqtt://me:geheim@here"', r"broker = 'mqtt://\*\*\*@here'"),
        ('broker_monitor = "8222"', "'8222' is no address of a broker's pages; write http://"),
        ("database = 7", "database = 7: write a text in quotes"),
        ('database = ""', "database = '': it is empty; leave it out for the default"),
        ('client_id = "a.b"', "client_id = 'a.b': write 1 to 64 letters, digits, - and _"),
        ("max_age_days = 0", "max_age_days = 0: it must be more than 0"),
        ('max_age_days = "many"', "max_age_days = 'many': write a number"),
        ("topics = []", "topics = .*: it is empty; leave it out for the default"),
        ("topics = [7]", r"topics\.0 = 7: write a table"),
        ("plan = 7", "plan = 7: write a path in quotes"),
        ("alerts = 7", r"alerts = \*\*\*: write a table"),
        ("[alerts]\nlanguage = 'fr'", r"alerts\.language = 'fr': write one of 'zh' or 'en'"),
        ("[alerts]\nmqtt = 'often'", r"alerts\.mqtt = 'often': write true or false"),
        ("[alerts]\ndigest_above = 1.5", r"alerts\.digest_above = 1\.5: write a whole number"),
        ("[alerts]\nhold_min = 999", r"alerts\.hold_min = 999: it must be at most 120"),
        ('[[topics]]\npatern = "a"', r"topics\.0\.patern = 'a': "),
        ('databse = "x"', "databse = 'x': there is no such setting; there are plan, database"),
        ("broker = ", r"pingcheng\.toml: it is no TOML"),
    ],
)
def test_a_broken_setting_is_an_error_that_names_key_and_value(folder, text, told):
    (folder / "pingcheng.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=told) as caught:
        read_settings()
    assert "geheim" not in str(caught.value)


def test_topics_are_told_as_tables_or_as_json_in_the_environment(folder, monkeypatch):
    (folder / "pingcheng.toml").write_text(
        '[[topics]]\npattern = "owntracks/+/{vehicle_id}"\ndialect = "owntracks"\n'
        '[[topics]]\npattern = "fleet/{vehicle_id}/ping"\n',
        encoding="utf-8",
    )
    told = [(each.pattern, each.dialect) for each in read_settings().topics]
    assert told == [
        ("owntracks/+/{vehicle_id}", "owntracks"),
        ("fleet/{vehicle_id}/ping", "native"),
    ]
    monkeypatch.setenv("PINGCHENG_TOPICS", '[{"pattern": "flespi", "dialect": "flespi"}]')
    assert [each.pattern for each in read_settings().topics] == ["flespi"]


def test_an_age_in_days_is_handed_on_in_milliseconds(monkeypatch):
    assert read_settings().max_age_ms is None
    monkeypatch.setenv("PINGCHENG_MAX_AGE_DAYS", "30")
    assert read_settings().max_age_ms == 30 * 86_400_000


def test_a_settings_file_that_cannot_be_read_is_an_error_that_names_it(folder):
    (folder / "pingcheng.toml").write_bytes(b'database = "\xff"')
    with pytest.raises(SettingError, match=r"pingcheng\.toml: it cannot be read"):
        read_settings()
