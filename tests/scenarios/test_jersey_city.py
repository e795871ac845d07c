import pytest

from tests.scenarios.jersey_city import NEAR_M, run


@pytest.fixture(scope="module")
def day(shared_data, tmp_path_factory):
    return run(shared_data / "jersey-city", tmp_path_factory.mktemp("jersey"))


def test_every_poll_of_the_recorded_day_is_accounted_for(day):
    counters, _ = day
    assert counters["received"] == 7116
    parts = ("stored", "duplicate", "conflicting", "rejected")
    assert sum(counters[part] for part in parts) == 7116


def test_trucks_are_found_on_nearly_every_street_their_addresses_name(day):
    _, pairs = day
    assert len(pairs) > 400
    assert (pairs.served_ratio > 0).mean() >= 0.93
    assert ((pairs.served_ratio > 0) | pairs.in_doubt).mean() >= 0.95


def test_trucks_are_found_wherever_their_fixes_lie_on_the_street_they_name(day):
    _, pairs = day
    near = pairs[pairs.apart_m <= NEAR_M]
    assert len(near) > 350
    assert (near.served_ratio > 0).mean() >= 0.98
    assert ((near.served_ratio > 0) | near.in_doubt).mean() >= 0.99
