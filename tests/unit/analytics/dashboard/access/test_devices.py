import pytest

from analytics.dashboard.access.devices import device_of, looks_like_mark, new_mark

HASH, OTHER = "$argon2id$v=19$one", "$argon2id$v=19$other"


def test_a_mark_is_known_by_who_gave_it_and_each_device_has_its_own():
    marks = [new_mark(HASH, "值班员") for _ in range(3)]
    assert all(map(looks_like_mark, marks))
    assert len({device_of(each, HASH, "值班员") for each in marks} - {None}) == 3


def test_a_mark_is_of_one_user_and_of_one_password():
    mark = new_mark(HASH, "admin")
    assert device_of(mark, HASH, "viewer") is None
    assert device_of(mark, OTHER, "admin") is None


@pytest.mark.parametrize("mark", [None, "", "x", f"{'0' * 32}.{'0' * 64}", "值班员", "a" * 5000])
def test_what_nobody_gave_is_no_mark(mark):
    assert device_of(mark, HASH, "admin") is None


def test_a_mark_that_was_changed_is_none():
    number, _, signature = new_mark(HASH, "admin").partition(".")
    assert device_of(f"{'0' * 32}.{signature}", HASH, "admin") is None
    assert device_of(f"{number}.{signature[::-1]}", HASH, "admin") is None
