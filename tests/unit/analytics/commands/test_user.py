import pytest
from typer.testing import CliRunner

from analytics.dashboard.access import users as users_module
from analytics.dashboard.access.audit_log import AuditLog
from analytics.dashboard.access.users import Users
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from pingcheng import app
from tests.fixtures.dashboards import PASSWORD, QUICK
from tests.fixtures.fixes import MORNING_MS, frame, ping


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.setattr(users_module, "PasswordHasher", lambda: QUICK)
    return f"sqlite:///{tmp_path / 'pings.db'}"


@pytest.fixture
def user(url):
    def run(*words, stdin=None):
        return CliRunner().invoke(app, ["user", *words, "--database", url], input=stdin)

    return run


def test_who_is_added_without_a_role_only_looks(user):
    assert user("add", "值班员", stdin=f"{PASSWORD}\n").stdout == "added 值班员, viewer\n"
    assert user("list").stdout == "viewer    值班员\n"


def test_a_role_that_is_none_is_told_with_those_there_are_and_adds_nobody(user):
    result = user("add", "b", "--role", "king", stdin=f"{PASSWORD}\n")
    assert result.exit_code == 2
    told = " ".join(result.stderr.replace("│", " ").split())
    assert "--role" in told
    assert "there is no role king; there are viewer, operator, admin" in told
    assert user("list").stdout == ""


def test_of_a_password_file_written_on_windows_the_line_end_is_no_part(user, url):
    user("add", "a", stdin=f"{PASSWORD}\r\nsecond line\r\n")
    with open_log(url) as log:
        assert Users(log, lambda: 0, QUICK).check("a", PASSWORD) is not None


@pytest.mark.parametrize("words", [["remove", "无此人"], ["password", "无此人"]])
def test_a_user_that_does_not_exist_is_told_in_one_line_and_in_no_audit(user, url, words):
    result = user(*words, stdin=f"{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert "无此人" in result.stderr
    assert result.stderr.count("\n") == 1
    with open_log(url) as log:
        assert AuditLog(log, lambda: 0).latest(10) == []


def test_the_audit_tells_what_was_done_at_the_console_but_no_password(user, url):
    user("add", "值班员", "--role", "operator", stdin=f"{PASSWORD}\n")
    user("password", "值班员", stdin="another password\n")
    user("remove", "值班员")
    with open_log(url) as log:
        told = AuditLog(log, lambda: 0).latest(10)
    assert [each["action"] for each in reversed(told)] == [
        "user_added", "password_changed", "user_removed",
    ]  # fmt: skip
    assert {each["user_name"] for each in told} == {"值班员"}
    assert "password" not in "".join(each["detail"] for each in told)
    assert PASSWORD not in str(told)


def test_old_entries_of_the_audit_log_are_deleted_reckoned_from_the_newest_fix(user, url):
    with open_log(url) as log:
        for days in (0, 500):
            AuditLog(log, lambda days=days: MORNING_MS - days * 86_400_000).write("a", "", "login")
        log.write(Batch(tuples_of(frame([ping()], [MORNING_MS])), ()))
    done = user("prune")
    assert (done.exit_code, "deleted 1 entries from before" in done.stdout) == (0, True)
    assert "deleted 0" in user("prune", "--older-than", "400").stdout
    assert user("prune", "--older-than", "0").exit_code == 2
