import threading

from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.message import Message
from ingest.mqtt.intake import Delivery, Intake


def delivery(number, size=1):
    return Delivery(Message("fleet/truck/ping", b"x" * size, number), None)


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(1, 6))
def test_what_is_taken_is_what_was_put_in_order(puts, count):
    intake, put, taken = Intake(batch_count=count, batch_wait_s=0), [], []
    for number, amount in enumerate(puts):
        for step in range(amount):
            put.append(delivery(100 * number + step))
            assert intake.put(put[-1])
        taken += intake.take()
    while not intake.empty:
        taken += intake.take()
    assert taken == put


def test_nothing_is_taken_when_nothing_came():
    assert Intake(batch_wait_s=0).take() == []


def test_what_does_not_fit_is_turned_away_at_once():
    intake = Intake(most_messages=2, batch_count=1, batch_wait_s=0)
    assert [intake.put(delivery(number)) for number in range(3)] == [True, True, False]
    intake.take()
    assert intake.put(delivery(3))


def test_room_is_counted_in_bytes_too_and_a_message_goes_in_whole_or_not_at_all():
    intake = Intake(most_bytes=2000, batch_wait_s=0)
    assert intake.put(delivery(1, 5000))
    assert not intake.put(delivery(2, 1))
    intake.take()
    assert intake.bytes == 0
    assert intake.put(delivery(2, 900))
    assert intake.has_room
    assert intake.put(delivery(3, 900))
    assert (intake.depth, intake.bytes > 1800, intake.has_room) == (2, True, False)
    assert not intake.put(delivery(4, 1))


def test_after_the_end_what_is_left_is_given_without_waiting_and_nothing_is_added():
    intake = Intake(batch_wait_s=1e6)
    intake.put(delivery(1))
    intake.close()
    assert not intake.put(delivery(2))
    assert intake.take() == [delivery(1)]
    assert intake.take() == []


def test_a_waiting_taker_wakes_as_soon_as_the_batch_is_full():
    intake, taken = Intake(batch_count=3, batch_wait_s=1e6), []
    taker = threading.Thread(target=lambda: taken.extend(intake.take()))
    taker.start()
    for number in range(3):
        intake.put(delivery(number))
    taker.join(60)
    assert taken == [delivery(number) for number in range(3)]


def test_a_busy_stream_that_pauses_is_taken_without_waiting_for_more():
    intake = Intake(batch_count=10_000, batch_wait_s=1e6)
    for number in range(300):  # a broker sends no more than its window until we acknowledge
        intake.put(delivery(number))
    assert len(intake.take()) == 300


def test_the_oldest_that_waits_is_told_until_it_is_taken():
    intake = Intake(batch_count=1, batch_wait_s=0)
    first, second = delivery(1), delivery(2)
    assert intake.oldest_s is None
    intake.put(first)
    intake.put(second)
    assert intake.oldest_s == first.taken_s
    intake.take()
    assert intake.oldest_s == second.taken_s
    intake.take()
    assert intake.oldest_s is None
