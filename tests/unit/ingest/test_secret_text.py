import pytest

from ingest.secret_text import (
    has_password,
    is_secret_name,
    url_without_secrets,
    without,
    without_secrets,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:geheim@h/n", "postgresql://***@h/n"),
        ("postgresql://me:ge/he@im@h/n", "postgresql://***@h/n"),
        ("mqtt://geheim@h", "mqtt://***@h"),
        ("postgresql:///n?Password=geheim&sslmode=require", "postgresql:///n?Password=***&sslmode=require"),
        ("host=h sslpassword=geheim dbname=扫", "host=h sslpassword=*** dbname=扫"),
        ("https://h/hook?access_token=geheim", "https://h/hook?access_token=***"),
        ("sqlite:///扫.db", "sqlite:///扫.db"),
        ("mqtt://127.0.0.1:1883", "mqtt://127.0.0.1:1883"),
    ],
)  # fmt: skip
def test_nothing_secret_is_left_in_a_text_and_all_else_is(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ("url", "has"),
    [
        ("postgresql://me:geheim@h/n", True),
        ("postgresql://h/n?password=geheim", True),
        ("postgresql://me@h:5432/n", False),
        ("postgresql://h:5432/n?sslmode=require", False),
        ("sqlite:///扫@路.db", False),
    ],
)
def test_a_password_is_seen_wherever_a_url_has_one(url, has):
    assert has_password(url) is has


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [("password", True), ("SSLPASSWORD", True), ("client_secret", True), ("sslmode", False)],
)
def test_options_with_a_secret_are_known_by_their_names(name, is_secret):
    assert is_secret_name(name) is is_secret


def test_known_secrets_are_hidden_in_what_others_wrote_unless_they_are_as_short_as_words():
    assert without(["geheim", "a"], "host geheim is away") == "host *** is away"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql:/u:geheim@127.0.0.1:1/x", "postgresql:/***@127.0.0.1:1/x"),
        ("postgresql:u:geheim@h/x", "postgresql:***@h/x"),
        ("mqtt://u:ge heim@h:1883", "mqtt://***@h:1883"),
        ("mqtt://u:ge\nheim@h", "mqtt://***@h"),
        ("u:ge@heim@h/x", "u:***@h/x"),
        ("postgresql:///n?password=geheim", "postgresql:///n?password=***"),
        ("sqlite:///扫.db", "sqlite:///扫.db"),
        ("mqtt//h:1883", "mqtt//h:1883"),
    ],
)
def test_of_a_url_however_broken_no_password_is_shown(url, shown):
    assert url_without_secrets(url) == shown
