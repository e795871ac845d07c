import pytest

from analytics.reports.formats.mark import MARK, Placed, mark, placed, stand


def test_what_is_noted_is_read_back(tmp_path):
    now = Placed(7, True, 5, "content", {"csv/a.csv": "hash"}, {"plan": "v1", "sequence": 3})
    mark(tmp_path, now)
    assert placed(tmp_path.parent, tmp_path.name) == now


def test_files_stand_while_each_is_there_as_it_was_written(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"1")
    written = {"a.csv": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"}
    assert stand(tmp_path, written)
    path.write_bytes(b"2")
    assert not stand(tmp_path, written)
    path.unlink()
    assert not stand(tmp_path, written)


@pytest.mark.parametrize("mark", ["[]", "{", '{"generated_ms": 1, "is_whole": true, "files": 3}'])
def test_a_mark_that_cannot_be_read_is_none(tmp_path, mark):
    (tmp_path / "2022-03-28").mkdir()
    (tmp_path / "2022-03-28" / MARK).write_text(mark, "utf-8")
    assert placed(tmp_path, "2022-03-28").made_ms is None


def test_a_mark_of_an_earlier_version_tells_when_its_report_was_made(tmp_path):
    (tmp_path / "2022-03-28").mkdir()
    (tmp_path / "2022-03-28" / MARK).write_text('{"generated_ms": 7, "is_whole": true}', "utf-8")
    now = placed(tmp_path, "2022-03-28")
    assert (now.made_ms, now.is_whole, now.written_ms, dict(now.files)) == (7, True, None, {})
