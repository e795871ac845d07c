import pytest

from ingest.broker.upkeep.limits import (
    ALARM_SHARE,
    MIB,
    RESERVE_BYTES,
    SESSION_BYTES,
    SIDE_BYTES,
    StoreLimits,
    is_alarming,
    is_due,
    reserve_of,
)

LIMITS = StoreLimits(most_bytes=100 * MIB, reserve_bytes=10 * MIB)


@pytest.mark.parametrize(
    ("waiting_mib", "free_mib", "bound_mib"),
    [(0, 1000, 100), (40, 1000, 100), (40, 30, 60), (40, 10, 40), (40, 3, 40), (200, 1000, 100)],
)
def test_messages_may_fill_the_disk_to_its_reserve_and_no_more_than_was_asked(
    waiting_mib, free_mib, bound_mib
):
    assert LIMITS.messages_bytes(waiting_mib * MIB, free_mib * MIB) == bound_mib * MIB


def test_a_bound_is_never_0_which_would_be_none_to_nats_server():
    assert LIMITS.messages_bytes(0, 0) == 1


@pytest.mark.parametrize("present_mib", [0, 99, 500])
def test_however_full_a_store_is_there_is_room_for_sessions(present_mib):
    most = LIMITS.max_file_store(present_mib * MIB)
    assert most - present_mib * MIB >= SESSION_BYTES
    assert most >= LIMITS.most_bytes + 2 * SIDE_BYTES + SESSION_BYTES


def test_the_reserve_is_a_gibibyte_and_of_small_disks_a_twentieth():
    assert reserve_of(500 * 1024 * MIB) == RESERVE_BYTES
    assert reserve_of(2000 * MIB) == 100 * MIB


@pytest.mark.parametrize(
    ("present", "wanted", "due"),
    [(None, 1, True), (1, 1, False), (100 * MIB, 100 * MIB + MIB // 2, False),
     (100 * MIB, 98 * MIB, True), (1, 70_000, True), (70_000, 80_000, False)],
)  # fmt: skip
def test_a_bound_is_set_anew_if_that_makes_a_difference(present, wanted, due):
    assert is_due(present, wanted) is due


def test_an_alarm_does_not_flap():
    assert not is_alarming(ALARM_SHARE - 0.01, alarmed=False)
    assert is_alarming(ALARM_SHARE, alarmed=False)
    assert is_alarming(ALARM_SHARE - 0.04, alarmed=True)
    assert not is_alarming(0.6, alarmed=True)
