from pathlib import Path

import pytest

from ingest.fault import SettingError
from ingest.mqtt.connection import Login
from ingest.mqtt.login import login_of
from ingest.settings.settings import ENVIRONMENT_PREFIX, Settings


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(ENVIRONMENT_PREFIX + name.upper(), raising=False)
    return tmp_path


def with_password(path):
    return Settings(broker_username="扫路", broker_password_file=path)


def test_without_any_setting_ingest_gives_its_session_a_name_and_nothing_else():
    assert login_of(Settings(client_id="datong-1")) == Login("datong-1")


def test_every_setting_of_the_login_has_its_place(folder):
    (folder / "password").write_text("geheim\n")
    settings = Settings(
        client_id="datong-1",
        broker_username="扫路",
        broker_password_file=Path("password"),
        broker_ca=Path("ca.pem"),
        broker_certificate=Path("own.pem"),
        broker_key=Path("own.key"),
    )
    expected = Login(
        client_id="datong-1",
        username="扫路",
        password="geheim",
        ca_file=Path("ca.pem"),
        certificate_file=Path("own.pem"),
        key_file=Path("own.key"),
    )
    assert login_of(settings) == expected


def test_a_user_may_have_no_password():
    assert login_of(Settings(broker_username="扫路")).password is None


@pytest.mark.parametrize(
    "text", ["密码 7", "密码 7\n", "密码 7\r\n", "  密码 7 \n", "密码 7\nwhat it is for\n"]
)
def test_the_password_is_the_first_line_without_the_space_around_it(folder, text):
    path = folder / "password"
    path.write_bytes(text.encode())
    assert login_of(with_password(path)).password == "密码 7"


@pytest.mark.parametrize("text", ["", "\n", " \t\n", "\ngeheim\n"])
def test_a_file_whose_first_line_is_empty_is_an_error_that_names_it(folder, text):
    path = folder / "password"
    path.write_text(text)
    with pytest.raises(SettingError, match=f"'{path}': its first line must be the pass") as caught:
        login_of(with_password(path))
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("absent", "No such file or directory"),
        ("folder", "Is a directory"),
        ("latin", "it is not UTF-8"),
    ],
)
def test_a_password_that_cannot_be_read_is_an_error_that_names_the_file_and_why(folder, name, told):
    (folder / "folder").mkdir()
    (folder / "latin").write_bytes(b"gehe\xefm")
    path = folder / name
    expected = rf"broker_password_file = '{path}': it cannot be read \({told}\)"
    with pytest.raises(SettingError, match=expected) as caught:
        login_of(with_password(path))
    assert "gehe" not in str(caught.value)


def test_a_password_without_a_user_is_an_error_that_names_both():
    with pytest.raises(SettingError, match="broker_password_file needs broker_username"):
        login_of(Settings(broker_password_file=Path("password")))


@pytest.mark.parametrize("name", ["broker_certificate", "broker_key"])
def test_a_certificate_and_its_key_go_together(name):
    with pytest.raises(SettingError, match="broker_certificate and broker_key go together"):
        login_of(Settings(**{name: Path("own.pem")}))
