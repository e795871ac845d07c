import pytest

from ingest.broker.nats_log import Ports, end_of, ports_of, read_log
from ingest.fault import BrokerError

LOG = """\
[7] 2026/11/29 18:39:24.363443 [INF] Starting http monitor on 127.0.0.1:8222
[7] 2026/11/29 18:39:24.381947 [INF] Listening for MQTT clients on mqtt://0.0.0.0:1883
[7] 2026/11/29 18:39:24.381972 [INF] Listening for client connections on 127.0.0.1:4222
[7] 2026/11/29 18:39:24.381977 [INF] Server is ready
"""


def test_where_it_listens_is_told_when_it_is_ready():
    lines = LOG.splitlines()
    assert ports_of(lines[:-1]) is None
    assert ports_of(lines) == Ports(mqtt=1883, own=4222, monitor=8222)


def test_a_line_that_is_half_written_is_left_for_later(tmp_path):
    path = tmp_path / "log"
    assert read_log(path) == []
    path.write_text(LOG[:-3], encoding="utf-8")
    assert read_log(path) == LOG.splitlines()[:-1]


def test_a_version_that_words_it_otherwise_is_an_error_that_shows_the_line():
    with pytest.raises(BrokerError, match="has no line 'Listening for MQTT clients on '"):
        ports_of(["Server is ready"])


def test_why_it_ended_is_what_it_called_fatal():
    assert end_of(LOG.splitlines()) == ""
    assert end_of([*LOG.splitlines(), "[7] x [FTL] bind: address already in use"]) == (
        "bind: address already in use"
    )
