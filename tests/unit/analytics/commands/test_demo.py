import pytest

from analytics.commands import demo


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("one\ntwo\n", "two"),
        ("one\n两\n\n \n", "两"),
        ("", "it said nothing"),
        ("\n", "it said nothing"),
    ],
)
def test_of_a_program_that_failed_its_last_words_are_told(tmp_path, text, last):
    (tmp_path / "ingest.log").write_text(text, encoding="utf-8")
    assert demo._last_line(tmp_path / "ingest.log") == last


def test_last_words_that_are_no_text_are_told_as_far_as_they_are(tmp_path):
    (tmp_path / "ingest.log").write_bytes(b"disk \xff full")
    assert demo._last_line(tmp_path / "ingest.log") == "disk \ufffd full"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////tmp/扫.db", "sqlite:////tmp/扫.db"),
        ("postgresql+psycopg://db.example/pings", "postgresql+psycopg://db.example/pings"),
        ("postgresql+psycopg://me:geheim@h/pings", "postgresql+psycopg://***@h/pings"),
    ],
)
def test_a_database_is_told_without_who_logs_in(url, shown):
    assert demo._shown(url) == shown


@pytest.mark.xfail(strict=True, reason="a password with a slash in it is shown")
def test_a_password_with_a_slash_which_sqlalchemy_takes_is_not_shown():
    assert "geheim" not in demo._shown("postgresql+psycopg://me:ge/geheim@h/pings")
