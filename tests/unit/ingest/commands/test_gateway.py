import pytest
from typer.testing import CliRunner

from ingest.gateway.http.tokens import TokenBook
from pingcheng import app

DEVICE = "861050000000001"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["gateway", *arguments])


def book(tmp_path):
    return TokenBook(tmp_path / "gateway-tokens.csv", lambda: 0.0)


def test_a_token_is_printed_once_listed_without_it_and_revoked(run, tmp_path):
    added = run("token", "add", DEVICE)
    assert added.exit_code == 0
    token = added.stdout.strip()
    assert book(tmp_path).device_of(token) == DEVICE
    listed = run("token", "list").stdout
    assert DEVICE in listed
    assert token not in listed
    assert run("token", "remove", DEVICE).exit_code == 0
    assert book(tmp_path).device_of(token) is None
    again = run("token", "remove", DEVICE)
    assert again.exit_code == 1
    assert f"'{DEVICE}' has no token" in again.stderr


def test_issuing_again_ends_the_older_token(run, tmp_path):
    old, new = (run("token", "add", "晋BQ0384").stdout.strip() for _ in range(2))
    assert book(tmp_path).device_of(old) is None
    assert book(tmp_path).device_of(new) == "晋BQ0384"


def test_a_server_has_a_token_for_all(run, tmp_path):
    token = run("token", "add", "--all").stdout.strip()
    assert book(tmp_path).device_of(token) == "*"


@pytest.mark.parametrize("arguments", [(), (DEVICE, "--all"), ("",), ("*",)])
def test_who_a_token_is_for_must_be_said(run, arguments):
    assert run("token", "add", *arguments).exit_code == 2


@pytest.mark.parametrize("device", ["a b/c", "a+", "#", "晋B 0384", "a\tb", "x" * 129])
def test_what_can_be_no_vehicle_gets_no_token(run, tmp_path, device):
    ended = run("token", "add", device)
    assert ended.exit_code == 2
    told = " ".join(ended.stderr.replace("│", " ").split())
    assert "no vehicle's id" in told
    assert "devices file" in told
    assert not (tmp_path / "gateway-tokens.csv").exists()


def test_a_name_that_the_devices_file_gives_to_a_vehicle_gets_its_token(run, tmp_path):
    (tmp_path / "pingcheng.toml").write_text('devices = "devices.csv"\n', encoding="utf-8")
    devices = tmp_path / "devices.csv"
    devices.write_text("device_id,vehicle_id\nWang's phone,T01\n", encoding="utf-8")
    assert run("token", "add", "Wang's phone").exit_code == 0
    assert run("token", "add", "Li's phone").exit_code == 2
    devices.write_text("device_id,vehicle_id\nWang's phone,T 1\n", encoding="utf-8")
    assert run("token", "add", "Wang's phone").exit_code == 1


def test_a_broken_file_of_tokens_ends_every_command(run, tmp_path):
    (tmp_path / "gateway-tokens.csv").write_text("nonsense\n")
    for arguments in (
        ("token", "add", DEVICE), ("token", "remove", DEVICE), ("token", "list"), ("http",),
    ):  # fmt: skip
        ended = run(*arguments)
        assert ended.exit_code == 1, arguments
        assert "gateway-tokens.csv:1: the columns must be" in ended.stderr


def test_without_any_token_and_not_open_it_does_not_start(run):
    ended = run("http", "--port", "0")
    assert ended.exit_code == 1
    assert "pingcheng gateway token add" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--broker", "nowhere"),
        ("--proxy", "0.0.0.0/0"),
        ("--owntracks-topic", "owntracks/{device}"),
        ("--owntracks-topic", "owntracks/{user}/{device}/#"),
        ("--osmand-topic", "gateway/+"),
        ("--traccar-topic", ""),
        ("--device-rate", "0"),
    ],
)
def test_wrong_use_is_told(run, arguments):
    assert run("http", *arguments).exit_code == 2
