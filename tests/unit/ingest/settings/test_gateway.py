import pytest

from ingest.fault import SettingError
from ingest.settings.gateway import GatewaySettings
from ingest.settings.settings import read_settings


def test_the_table_of_the_gateways_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pingcheng.toml").write_text('[gateway]\ntokens = "t.csv"\n')
    assert str(read_settings().gateway.tokens) == "t.csv"
    assert read_settings().gateway.broker_username is None


def test_a_key_that_there_is_not_is_told_with_those_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pingcheng.toml").write_text('[gateway]\ntoken = "t.csv"\n')
    with pytest.raises(SettingError, match="there are tokens, broker_username"):
        read_settings()


def test_by_default_the_tokens_are_beside_the_settings():
    assert str(GatewaySettings().tokens) == "gateway-tokens.csv"
