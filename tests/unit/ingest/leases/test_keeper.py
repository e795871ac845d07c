import pytest

from ingest.fault import LogError
from ingest.leases.keeper import BEAT_S, Keeper
from ingest.leases.leases import LEASE_S, Held


class Scripted:
    """Leases that answer what the test says, or fail."""

    def __init__(self, *answers):
        self.answers, self.given_back, self.left = list(answers), [], 0

    def renew(self, given_back=frozenset()):
        self.given_back.append(given_back)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def leave(self):
        self.left += 1


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


def kept(*answers):
    told, clock = [], Clock()
    leases = Scripted(*answers)
    return Keeper(leases, told.append, 17, clock_s=clock), leases, told, clock


ALL = Held(frozenset({1, 2, 3}), frozenset(), 1)


def test_what_is_held_is_told_at_each_renewal():
    keeper, _, told, _ = kept(ALL)
    keeper.beat()
    assert told == [{1, 2, 3}]
    assert (keeper.held, keeper.members) == ({1, 2, 3}, 1)


def test_a_surplus_is_let_go_before_it_is_given_back():
    keeper, leases, told, _ = kept(
        Held(frozenset({1, 2, 3}), frozenset({3}), 2), Held(frozenset({1, 2}), frozenset(), 2)
    )
    keeper.beat()
    assert told == [{1, 2}, {1, 2}]
    assert leases.given_back == [frozenset(), {3}]


def test_who_cannot_renew_holds_on_for_a_while_and_lets_go_before_the_lease_ends():
    keeper, _, told, clock = kept(ALL, LogError("away"), LogError("away"), ALL)
    keeper.beat()
    clock.now_s = BEAT_S
    keeper.beat()
    assert keeper.held == {1, 2, 3}
    assert keeper.warnings()
    clock.now_s = LEASE_S - BEAT_S + 0.1
    keeper.beat()
    assert keeper.held == frozenset()
    keeper.beat()
    assert told[-2:] == [frozenset(), {1, 2, 3}]
    assert keeper.warnings() == []


def test_at_the_end_everything_is_let_go_and_given_back():
    keeper, leases, told, _ = kept(ALL)
    with keeper:
        pass
    assert told[-1] == frozenset()
    assert leases.left == 1


def test_what_nobody_foresaw_is_raised_by_the_check():
    keeper, leases, _, _ = kept(ZeroDivisionError())
    with keeper:
        pass
    with pytest.raises(ZeroDivisionError):
        keeper.check()
    assert leases.left == 1
