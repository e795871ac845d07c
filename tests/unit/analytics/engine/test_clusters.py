import sys
import threading

import pytest

from analytics.engine import clusters
from analytics.engine.clusters import ClusterError, connected, started


def test_who_has_no_dask_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    for way in (started(1, None), connected("tcp://127.0.0.1:1")):
        with pytest.raises(ClusterError, match="pip install distributed"), way:
            pass


def test_an_amount_of_memory_that_is_none_is_refused():
    with pytest.raises(ClusterError, match="2 apples"), started(1, "2 apples"):
        pass


def test_a_scheduler_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(clusters, "WAIT_S", 0.2)
    with (
        pytest.raises(ClusterError, match=r"tcp://127.0.0.1:1 cannot be reached"),
        connected("tcp://127.0.0.1:1"),
    ):
        pass


class Answering:
    """A client whose workers say what they run."""

    def __init__(self, *answers: object) -> None:
        self._answers = answers

    def run(self, _function, on_error):
        assert on_error == "return"
        return {f"tcp://10.0.0.{n}:1": answer for n, answer in enumerate(self._answers)}


def test_workers_that_run_other_code_are_refused():
    own = clusters.what_works()
    clusters._check(Answering(own, own), "tcp://a")
    for other in (("old", own[1]), ModuleNotFoundError("analytics")):
        with pytest.raises(ClusterError, match=r"1 of the 2 workers .*, tcp://10.0.0.1:1 among"):
            clusters._check(Answering(own, other), "tcp://a")


def test_processors_of_two_kinds_are_told(capsys):
    code, kind = clusters.what_works()
    clusters._check(Answering((code, "znver1"), (code, kind)), "tcp://a")
    told = capsys.readouterr()
    assert "znver1" in told.out + told.err


class Deserted:
    """A client whose scheduler has lost all workers."""

    def __init__(self):
        self.workers, self.closed = {}, False

    def nthreads(self):
        return self.workers

    def close(self, timeout):
        self.closed = timeout > 0


def test_a_scheduler_without_workers_is_given_up_only_after_long(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(clusters.time, "monotonic", lambda: now[0])
    client = Deserted()
    look = clusters._Patience(client)
    now[0] = clusters.NOBODY_S - 1
    look()
    client.workers = {"tcp://a": 1}
    look()
    client.workers = {}
    now[0] += clusters.NOBODY_S - 1
    look()
    assert not client.closed
    now[0] += 2
    look()
    assert client.closed


def test_a_cluster_is_looked_after_while_it_is_used_whatever_a_look_raises(monkeypatch):
    monkeypatch.setattr(clusters, "LOOK_S", 0.001)
    looked = threading.Semaphore(0)

    def look():
        looked.release()
        raise OSError("closed")

    with clusters._looking(look):
        assert all(looked.acquire(timeout=30) for _ in range(3))
