import re

import pytest

from ingest.broker.client_id import own_client_id

ROLE = "pingcheng-replay"


@pytest.fixture
def among(tmp_path):
    """Names that no other test has."""
    return str(tmp_path)


def test_it_is_the_same_from_run_to_run(among):
    with own_client_id(ROLE, among) as first:
        pass
    with own_client_id(ROLE, among) as second:
        pass
    assert first == second
    assert re.fullmatch(r"pingcheng-replay-[0-9a-f]{8}-1", first)


def test_two_at_once_do_not_throw_each_other_out(among):
    with own_client_id(ROLE, among) as one, own_client_id(ROLE, among) as other:
        assert one != other
        with own_client_id("pingcheng-alerts", among) as alerts:
            assert alerts.endswith("-1")
    with own_client_id(ROLE, among) as again:
        assert again == one


def test_it_is_one_that_every_broker_takes(among):
    with own_client_id(ROLE, among) as found:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", found)


def test_where_nothing_can_be_taken_each_is_on_its_own(among, monkeypatch):
    def refuse(*_):
        raise OSError("address families are restricted")

    monkeypatch.setattr("socket.socket", refuse)
    with own_client_id(ROLE, among) as one, own_client_id(ROLE, among) as other:
        assert one != other
        assert one.startswith(f"{ROLE}-")


def test_nothing_is_left_on_any_disk(among, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with own_client_id(ROLE, among):
        pass
    assert list(tmp_path.iterdir()) == []
