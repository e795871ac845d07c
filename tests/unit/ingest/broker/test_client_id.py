import re

from ingest.broker.client_id import own_client_id

ROLE = "pingcheng-replay"


def test_it_is_the_same_from_run_to_run(tmp_path):
    with own_client_id(ROLE, tmp_path) as first:
        pass
    with own_client_id(ROLE, tmp_path) as second:
        pass
    assert first == second
    assert re.fullmatch(r"pingcheng-replay-[0-9a-f]{8}-1", first)


def test_two_at_once_do_not_throw_each_other_out(tmp_path):
    with own_client_id(ROLE, tmp_path) as one, own_client_id(ROLE, tmp_path) as other:
        assert one != other
        with own_client_id("pingcheng-alerts", tmp_path) as alerts:
            assert alerts.endswith("-1")
    with own_client_id(ROLE, tmp_path) as again:
        assert again == one


def test_it_is_one_that_every_broker_takes(tmp_path):
    with own_client_id(ROLE, tmp_path) as found:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", found)


def test_where_nothing_can_be_locked_each_is_on_its_own(tmp_path):
    (tmp_path / "file").touch()
    with own_client_id(ROLE, tmp_path / "file") as one:
        with own_client_id(ROLE, tmp_path / "file") as other:
            assert one != other
        assert one.startswith(f"{ROLE}-")
