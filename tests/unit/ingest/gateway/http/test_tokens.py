import pytest
from structlog.testing import capture_logs

from ingest.fault import SettingError
from ingest.gateway.http.tokens import (
    Issued,
    TokenBook,
    hash_of,
    new_token,
    read_tokens,
    write_tokens,
)

TRUCK = '晋BQ"0384",a'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokens.csv"


def issue(path, device, token):
    write_tokens(path, {**read_tokens(path), device: Issued(device, hash_of(token), "2026-01-01")})


def test_a_token_opens_for_its_device_and_no_other_does(path):
    issue(path, TRUCK, "one")
    issue(path, "861050000000001", "two")
    book = TokenBook(path, lambda: 0.0)
    assert (book.device_of("one"), book.device_of("two")) == (TRUCK, "861050000000001")
    assert book.device_of("One") is None
    assert book.device_of("\ud800") is None


def test_the_file_holds_no_token_and_only_its_owner_may_read_it(path):
    token = new_token()
    issue(path, TRUCK, token)
    assert token not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_tokens_are_never_alike():
    assert len({new_token() for _ in range(100)}) == 100
    assert all(len(new_token()) >= 24 for _ in range(10))


def test_a_change_counts_after_a_second_and_not_a_moment_before(path):
    now_s = 0.0
    issue(path, TRUCK, "old")
    book = TokenBook(path, lambda: now_s)
    issue(path, TRUCK, "new")
    assert book.device_of("old") == TRUCK
    now_s = 1.0
    assert book.device_of("new") == TRUCK
    assert book.device_of("old") is None


def test_a_file_that_breaks_meanwhile_changes_nothing(path):
    now_s = 0.0
    issue(path, TRUCK, "one")
    book = TokenBook(path, lambda: now_s)
    path.write_text("nonsense")
    now_s = 2.0
    with capture_logs() as told:
        assert book.device_of("one") == TRUCK
    assert [each["event"] for each in told] == ["tokens kept as they were"]
    path.unlink()
    now_s = 4.0
    assert book.device_of("one") is None


def test_no_file_holds_no_token(path):
    assert read_tokens(path) == {}
    assert len(TokenBook(path, lambda: 0.0)) == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a,b,c\n", ":1: the columns must be device_id, sha256, issued"),
        ("device_id,sha256,issued\nx,short,2026-01-01\n", ":2: .*is no token"),
        ("device_id,sha256,issued\nx\n", ":2: .*is no token"),
        ('device_id,sha256,issued\n"x', "cannot be read"),
    ],
)
def test_a_broken_file_is_told_with_its_line(path, content, told):
    path.write_text(content)
    with pytest.raises(SettingError, match=told):
        read_tokens(path)


def test_a_file_that_may_not_be_read_is_told(path):
    path.mkdir()
    with pytest.raises(SettingError, match="cannot be read"):
        read_tokens(path)
