import re
from itertools import pairwise

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from analytics.dashboard.access.access_tables import users as users_table
from analytics.dashboard.access.sessions import Sessions
from analytics.dashboard.access.users import Role, UserError, Users
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import PASSWORD, QUICK


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def users(log):
    return Users(log, lambda: 7, QUICK)


def test_users_can_be_added_changed_listed_and_removed(database_url):
    with open_log(database_url) as log:
        users = Users(log, lambda: 7, QUICK)
        assert not users.exist()
        users.add("值班员", PASSWORD, Role.OPERATOR)
        assert users.exist()
        assert [(user.name, user.role) for user in users.all()] == [("值班员", Role.OPERATOR)]
        assert users.check("值班员", PASSWORD).role is Role.OPERATOR
        users.set_password("值班员", "another password")
        assert users.check("值班员", PASSWORD) is None
        assert users.check("值班员", "another password") is not None
        users.remove("值班员")
        assert users.check("值班员", "another password") is None
        assert not users.exist()


def test_each_role_may_do_what_those_before_it_may_and_no_other():
    for less, more in pairwise([Role.VIEWER, Role.OPERATOR, Role.ADMIN]):
        assert more.includes(less)
        assert more.includes(more)
        assert not less.includes(more)


def test_a_name_is_taken_once_and_its_user_stays_as_it_was(users):
    users.add("值班员", PASSWORD, Role.OPERATOR)
    with pytest.raises(UserError, match="user 值班员 already; pingcheng user password changes"):
        users.add("值班员", "another password", Role.ADMIN)
    assert users.check("值班员", PASSWORD).role is Role.OPERATOR


def test_nobody_can_be_removed_or_changed_who_is_not_there(users):
    for change in (users.remove, lambda name: users.set_password(name, PASSWORD)):
        with pytest.raises(UserError, match="no user 值班员; pingcheng user list shows them"):
            change("值班员")


@pytest.mark.parametrize("name", ["", "a\nb", "a\0b", " a", "a ", "a" * 65])
def test_what_is_no_name_is_refused_and_shown(users, name):
    with pytest.raises(UserError, match=re.escape(f"{name!r} is no name: 1 to 64 characters")):
        users.add(name, PASSWORD, Role.VIEWER)
    assert not users.exist()


@pytest.mark.parametrize("name", ["a", "值" * 64, "值 班 员", "<script>"])
def test_any_other_is_one(users, name):
    users.add(name, PASSWORD, Role.VIEWER)
    assert users.check(name, PASSWORD).name == name


@pytest.mark.parametrize("length", [10, 256])
def test_a_password_has_10_to_256_characters(users, length):
    users.add("a", "密" * length, Role.VIEWER)
    assert users.check("a", "密" * length) is not None
    users.set_password("a", "码" * length)
    assert users.check("a", "码" * length) is not None


@pytest.mark.parametrize("length", [0, 9, 257])
def test_a_password_too_short_or_too_long_changes_nothing(users, length):
    users.add("a", PASSWORD, Role.VIEWER)
    with pytest.raises(UserError, match="a password has 10 to 256 characters"):
        users.add("b", "密" * length, Role.VIEWER)
    with pytest.raises(UserError, match="a password has 10 to 256 characters"):
        users.set_password("a", "密" * length)
    assert [user.name for user in users.all()] == ["a"]
    assert users.check("a", PASSWORD) is not None


def test_a_password_is_that_of_its_user_to_the_letter(users):
    users.add("a", PASSWORD, Role.VIEWER)
    users.add("b", "another password", Role.ADMIN)
    assert users.check("a", PASSWORD).name == "a"
    assert [users.check("a", it) for it in ("another password", PASSWORD.upper(), "")] == [None] * 3


def test_another_password_of_one_user_is_that_of_no_other(users):
    for name in ("a", "b"):
        users.add(name, PASSWORD, Role.VIEWER)
    users.set_password("a", "another password")
    assert users.check("a", "another password") is not None
    assert users.check("b", PASSWORD) is not None


def test_there_is_no_password_by_which_nobody_could_log_in(users):
    # a hash is checked all the same, so that the answer takes as long
    assert users.check("nobody", "nobody has this password") is None


@pytest.mark.parametrize("first", ["a", "nobody"])
def test_the_hash_checked_for_nobody_is_made_at_the_first_check_whoever_it_is_of(log, first):
    hashed = []

    class Counting(PasswordHasher):
        def hash(self, password):
            hashed.append(password)
            return super().hash(password)

    Users(log, lambda: 7, QUICK).add("a", PASSWORD, Role.VIEWER)
    users = Users(log, lambda: 7, Counting(time_cost=1, memory_cost=8, parallelism=1))
    assert hashed == []
    counts = []
    for name in (first, "a", "nobody"):
        users.check(name, PASSWORD)
        counts.append(len(hashed))
    assert counts == [1, 1, 1]


def test_a_hash_that_is_none_lets_nobody_in(log, users):
    users.add("a", PASSWORD, Role.VIEWER)
    with log.transaction(write=True) as connection:
        connection.execute(sa.update(users_table).values(password_hash=PASSWORD))
    assert users.check("a", PASSWORD) is None


def test_users_are_listed_by_name_with_when_they_were_made(log):
    clock = iter([5, 6, 7])
    users = Users(log, clock.__next__, QUICK)
    for name in ("b", "值班员", "a"):
        users.add(name, PASSWORD, Role.VIEWER)
    assert [(user.name, user.created_ms) for user in users.all()] == [
        ("a", 7), ("b", 5), ("值班员", 6),
    ]  # fmt: skip


@pytest.mark.parametrize("change", ["set_password", "remove"])
def test_another_password_or_a_removal_ends_the_sessions_of_that_user_alone(log, users, change):
    clock = [1_000_000]
    sessions = Sessions(log, lambda: clock[0])
    for name in ("a", "b"):
        users.add(name, PASSWORD, Role.VIEWER)
    tokens = [sessions.begin(users.check(name, PASSWORD))[0] for name in ("a", "b")]
    if change == "remove":
        users.remove("a")
    else:
        users.set_password("a", "another password")
    assert [sessions.find(token) is None for token in tokens] == [True, False]
