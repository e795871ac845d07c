import pytest
from argon2 import PasswordHasher

from analytics.dashboard.access.sessions import Sessions
from analytics.dashboard.access.users import Role, UserError, Users
from ingest.log.pinglog import open_log

NOW_MS = 1_648_429_200_000
PASSWORD = "旧城街道清运-2022"


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def users(log):
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Users(log, lambda: NOW_MS, cheap)


def test_who_was_added_is_let_in_by_the_password_and_by_no_other(users):
    assert not users.exist()
    users.add("调度员", PASSWORD, Role.OPERATOR)
    assert users.exist()
    assert users.check("调度员", PASSWORD) == users.all()[0]
    assert users.check("调度员", PASSWORD + "x") is None
    assert users.check("nobody", PASSWORD) is None


def test_users_are_listed_by_name_with_role_and_time(users):
    for name, role in (("b", Role.ADMIN), ("a", Role.VIEWER)):
        users.add(name, PASSWORD, role)
    assert [(each.name, each.role, each.created_ms) for each in users.all()] == [
        ("a", Role.VIEWER, NOW_MS), ("b", Role.ADMIN, NOW_MS),
    ]  # fmt: skip


def test_a_name_is_taken_once_and_the_first_keeps_the_password(users):
    users.add("a", PASSWORD, Role.VIEWER)
    with pytest.raises(UserError, match="there is a user a already; pingcheng user password"):
        users.add("a", "another password", Role.ADMIN)
    assert users.check("a", PASSWORD).role is Role.VIEWER


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "x" * 65])
def test_what_is_no_name_is_refused_and_shown(users, name):
    with pytest.raises(UserError) as refused:
        users.add(name, PASSWORD, Role.VIEWER)
    assert repr(name) in str(refused.value)
    assert not users.exist()


@pytest.mark.parametrize("length", [9, 257])
def test_a_password_too_short_or_too_long_is_refused_and_changes_nothing(users, length):
    users.add("a", PASSWORD, Role.VIEWER)
    for attempt in (
        lambda: users.add("b", "x" * length, Role.VIEWER),
        lambda: users.set_password("a", "x" * length),
    ):
        with pytest.raises(UserError, match="10 to 256 characters"):
            attempt()
    assert [each.name for each in users.all()] == ["a"]
    assert users.check("a", PASSWORD)


@pytest.mark.parametrize("length", [10, 256])
def test_a_password_of_the_least_or_greatest_length_is_taken(users, length):
    users.add("a", "x" * length, Role.VIEWER)
    assert users.check("a", "x" * length)


@pytest.mark.parametrize("change", ["password", "remove"])
def test_another_password_or_none_ends_the_sessions_of_that_user_only(users, log, change):
    sessions = Sessions(log, lambda: NOW_MS)
    for name in ("a", "b"):
        users.add(name, PASSWORD, Role.VIEWER)
    tokens = {each.name: sessions.begin(each)[0] for each in users.all()}
    if change == "password":
        users.set_password("a", "another password")
        assert users.check("a", PASSWORD) is None
    else:
        users.remove("a")
    fresh = Sessions(log, lambda: NOW_MS)
    assert fresh.find(tokens["a"]) is None
    assert fresh.find(tokens["b"]).user == "b"


def test_who_is_not_there_cannot_be_changed_or_removed(users):
    for attempt in (lambda: users.set_password("谁", PASSWORD), lambda: users.remove("谁")):
        with pytest.raises(UserError, match="there is no user 谁; pingcheng user list"):
            attempt()


def test_passwords_are_stored_hashed(users, tmp_path):
    users.add("a", PASSWORD, Role.VIEWER)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"$argon2id$" in stored
    assert PASSWORD.encode() not in stored


def test_each_role_may_what_those_before_it_may():
    may = {(a, b) for a in Role for b in Role if a.includes(b)}
    assert (Role.ADMIN, Role.OPERATOR) in may
    assert (Role.OPERATOR, Role.VIEWER) in may
    assert all((role, role) in may for role in Role)
    assert (Role.VIEWER, Role.OPERATOR) not in may
    assert (Role.OPERATOR, Role.ADMIN) not in may
