import time
from dataclasses import dataclass, field

import pytest

from ingest.broker.address import BrokerAddress
from ingest.broker.shares import REST, SHARES
from ingest.fault import SettingError
from ingest.leases.leases import Leases
from ingest.leases.sharing import (
    Alone,
    Sharing,
    holders_told,
    keeping,
    refuse_alone,
    refuse_file,
    sharing_of,
)
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Login
from ingest.mqtt.networks import Networks
from ingest.settings.settings import Settings

ADDRESS = BrokerAddress.parse("mqtt://127.0.0.1:1,mqtt://127.0.0.1:2")


@dataclass
class Told:
    held: list = field(default_factory=list)


def test_patterns_that_name_no_vehicle_leave_only_the_rest_to_be_held():
    login = Login("c")
    assert Sharing(ADDRESS, login, ["yard/all"], "").shares == (REST,)
    both = Sharing(ADDRESS, login, ["yard/all", "fleet/{vehicle_id}/ping"], "")
    assert both.shares == (*range(SHARES), REST)


def test_a_file_is_refused_with_the_way_out():
    with pytest.raises(SettingError, match=r"pings\.db is a file, .* take --database postgresql"):
        refuse_file("sqlite:///pings.db")
    refuse_file("postgresql+psycopg://somebody@host/name")


def test_an_ingest_alone_is_refused_while_others_share_its_log(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    now_ms = [0]
    with open_log(url) as log:
        refuse_alone(log, url)
        Leases(log, "m", "host:7", [1, 2]).renew()
        with pytest.raises(SettingError, match=r"1 processes of ingest share .*host:7.*--share"):
            refuse_alone(log, url)
        Leases(log, "m", "host:7", [1, 2], now_ms=lambda _: now_ms[0]).renew()
        refuse_alone(log, url)  # those leases ended in 1970


def test_who_holds_which_shares_is_told_and_what_nobody_holds(tmp_path):
    now_ms = time.time_ns() // 1_000_000
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        assert holders_told(log) == []
        first = Leases(log, "m", "one:7", [0, 1, REST])
        first.renew()
        assert holders_told(log) == [
            "processes of ingest that share this log: 1",
            "one:7 holds 3 shares (0, 1, the rest)",
            "nobody holds 14 shares (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)",
        ]
        first.leave()
        assert holders_told(log) == []
        Leases(log, "n", "two:7", [REST], now_ms=lambda _: now_ms - 25_000).renew()
        count, free = holders_told(log)
        assert count == "processes of ingest that share this log: 0"
        assert free.startswith("nobody holds 1 share (the rest), the first for ")


def test_the_settings_say_whether_to_share(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        assert sharing_of(Settings(database=url), log, ADDRESS) is None
        with pytest.raises(SettingError, match="is a file"):
            sharing_of(Settings(database=url, share=True), log, ADDRESS)
        shared = Settings(database="postgresql+psycopg://somebody@host/name", share=True)
        found = sharing_of(shared, log, ADDRESS)
    assert (found.login.client_id, found.patterns) == (
        "pingcheng-ingest", ("fleet/{vehicle_id}/ping",),
    )  # fmt: skip


def test_who_is_alone_keeps_nothing_and_has_nothing_to_say():
    told = Told()
    network = Networks(lambda _: None)
    with keeping(None, network, told.held.append) as alone:
        assert isinstance(alone, Alone)
        alone.check()
        assert (alone.warnings(), told.held) == ([], [])
