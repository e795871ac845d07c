"""What the audit of the locks makes of lock files, acceptances and answers."""

from datetime import date

import pytest

from tests.house import audit
from tests.house.audit import (
    ACCEPTED,
    Acceptance,
    AcceptedError,
    Hole,
    NoAnswerError,
    accepted_of,
    holes_of_npm,
    holes_of_pip_audit,
    verdict_of,
)
from tests.house.locks import LockError, page_pins, pins_of, rounds_of

ENTRY = """
[[accepted]]
id = "CVE-2026-1"
package = "jinja2"
reason = "no template of a stranger is read"
date = 2026-11-29
"""
HOLE = Hole("jinja2", "3.1.6", ("GHSA-a", "CVE-2026-1"), "mended in 3.1.7")
ACCEPTANCE = Acceptance(
    "CVE-2026-1", "jinja2", "no template of a stranger is read", date(2026, 11, 29)
)


def lock(folder, *lines: str):
    path = folder / "requirements.lock"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# Locks


def test_every_version_is_read_whatever_system_it_is_for(tmp_path):
    written = lock(
        tmp_path,
        "# of a comment nothing is read",
        "Jinja2==3.1.6 \\",
        "    --hash=sha256:aa \\",
        "    --hash=sha256:bb",
        "colorama==0.4.6 ; sys_platform == 'win32' \\",
        "    --hash=sha256:cc",
    )
    assert pins_of(written) == [("jinja2", "3.1.6"), ("colorama", "0.4.6")]


@pytest.mark.parametrize(
    "line", ["jinja2>=3", "jinja2", "-r other.lock", "jinja2==3.*", "a @ https://example.com/a.whl"]
)
def test_a_line_that_pins_nothing_is_told_with_its_number(tmp_path, line):
    with pytest.raises(LockError, match=r"requirements\.lock: line 2: "):
        pins_of(lock(tmp_path, "numpy==2.4.0", line))


def test_versions_of_one_package_are_asked_about_in_turn():
    pins = [("a", "1"), ("b", "1"), ("a", "2"), ("a", "1")]
    assert rounds_of(pins) == [[("a", "1"), ("b", "1")], [("a", "2")]]
    assert rounds_of([]) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"packages": {"node_modules/a": {}}}'])
def test_a_broken_lock_of_npm_is_told(tmp_path, text):
    (tmp_path / "package-lock.json").write_text(text, encoding="utf-8")
    with pytest.raises(LockError, match=r"package-lock\.json"):
        page_pins(tmp_path)


# Acceptances


def test_an_acceptance_has_reason_and_date():
    assert accepted_of(ENTRY) == [ACCEPTANCE]
    assert accepted_of("# none") == []


def test_the_shipped_acceptances_can_be_read():
    accepted_of(ACCEPTED.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "CVE-2026-1"', "", r"accepted\[0\].id = None: write a text"),
        ('package = "jinja2"', 'package = " "', r"accepted\[0\].package = ' '"),
        ("no template of a stranger is read", "later", r"reason = 'later': say why"),
        ("date = 2026-11-29", "", r"accepted\[0\].date = None: write the day"),
        ("2026-11-29", '"2026-11-29"', r"date = '2026-11-29': write the day"),
        ("date =", "datum =", r"accepted\[0\].datum: there is no such key"),
        ("[[accepted]]", "[accepted]", "begin each one with"),
        ("[[accepted]]", "[[accepted", "mend the TOML"),
    ],
)
def test_an_acceptance_that_lacks_something_is_told(old, new, told):
    with pytest.raises(AcceptedError, match=told):
        accepted_of(ENTRY.replace(old, new))


def test_a_broken_file_of_acceptances_has_an_exit_code_of_its_own(tmp_path, monkeypatch, capsys):
    broken = tmp_path / "accepted_holes.toml"
    broken.write_text("accepted = 7", encoding="utf-8")
    monkeypatch.setattr(audit, "ACCEPTED", broken)
    assert audit.main([]) == audit.BROKEN
    assert "accepted_holes.toml: accepted: begin" in capsys.readouterr().out


# Answers


def test_a_version_that_pip_audit_passed_over_is_no_answer():
    answer = {"dependencies": [{"name": "a", "version": "1", "vulns": []},
                               {"name": "b", "skip_reason": "not on PyPI"}]}  # fmt: skip
    assert holes_of_pip_audit(answer, [("a", "1")]) == []
    with pytest.raises(NoAnswerError, match="nothing was told of b==2"):
        holes_of_pip_audit(answer, [("a", "1"), ("b", "2")])


def test_npm_that_looked_at_too_few_packages_gave_no_answer():
    answer = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 24}}}
    assert holes_of_npm(answer, 24) == []
    with pytest.raises(NoAnswerError, match="24 of 25 packages"):
        holes_of_npm(answer, 25)


def test_an_error_of_npm_is_no_answer():
    with pytest.raises(NoAnswerError, match="405 Method Not Allowed"):
        holes_of_npm({"message": "405 Method Not Allowed", "error": {}}, 25)


# What comes of it


@pytest.mark.parametrize(
    ("holes", "unanswered", "accepted", "code"),
    [
        ([], [], [], audit.CLEAN),
        ([HOLE], [], [], audit.OPEN),
        ([HOLE], [], [ACCEPTANCE], audit.CLEAN),
        ([], [], [ACCEPTANCE], audit.OPEN),
        ([], ["npm audit: away"], [], audit.UNANSWERED),
        ([], ["npm audit: away"], [ACCEPTANCE], audit.UNANSWERED),
        ([HOLE], ["npm audit: away"], [], audit.OPEN),
        ([HOLE], ["npm audit: away"], [ACCEPTANCE], audit.UNANSWERED),
    ],
)
def test_a_hole_counts_before_a_service_without_an_answer(holes, unanswered, accepted, code):
    assert verdict_of(holes, unanswered, accepted)[0] == code


def test_a_hole_of_the_same_name_in_another_package_is_not_accepted():
    other = Hole("markupsafe", "3.0.3", HOLE.names, "")
    assert verdict_of([other, HOLE], [], [ACCEPTANCE])[0] == audit.OPEN
