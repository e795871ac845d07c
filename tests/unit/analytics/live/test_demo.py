import pytest

from analytics.live import demo


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
