import pytest

from ingest.broker.upkeep.access import ACCESS_FILE, Access
from ingest.fault import BrokerError

ACCESS = Access(4222, 8222, "$pingcheng", "secret", 10.0, 8000)


def test_it_reads_back_and_only_its_owner_may_read_it(tmp_path):
    ACCESS.save(tmp_path)
    assert Access.load(tmp_path) == ACCESS
    assert (tmp_path / ACCESS_FILE).stat().st_mode & 0o777 == 0o600


def test_it_says_where_the_broker_is_and_shows_no_password():
    assert (ACCESS.url, ACCESS.monitor_url) == ("nats://127.0.0.1:4222", "http://127.0.0.1:8222")
    assert "secret" not in repr(ACCESS)


def test_a_store_without_it_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(BrokerError, match=rf"{ACCESS_FILE} is absent; is .* of a pingcheng broker"):
        Access.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"port": "x", "monitor_port": 1}'])
def test_a_file_that_is_another_is_an_error_that_names_it(tmp_path, content):
    (tmp_path / ACCESS_FILE).write_bytes(content)
    with pytest.raises(BrokerError, match=f"{ACCESS_FILE}: it is no file of the broker"):
        Access.load(tmp_path)


def test_a_file_that_cannot_be_read_is_an_error_that_says_why(tmp_path):
    (tmp_path / ACCESS_FILE).mkdir()
    with pytest.raises(BrokerError, match="cannot be read"):
        Access.load(tmp_path)
