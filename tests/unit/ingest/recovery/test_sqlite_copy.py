import sqlite3
from contextlib import closing

import pytest

from ingest.recovery import sqlite_copy
from ingest.recovery.sqlite_copy import copy_sqlite


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "pings.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (n INTEGER, filler BLOB)")
        database.executemany("INSERT INTO t VALUES (?, zeroblob(3000))", [(n,) for n in range(50)])
        database.commit()
        yield path, database


def test_a_copy_has_what_was_committed_when_it_began_though_writers_go_on(
    tmp_path, source, monkeypatch
):
    path, database = source
    monkeypatch.setattr(sqlite_copy, "_PAGES_AT_ONCE", 3)

    def write(_):
        with closing(sqlite3.connect(path)) as other:
            other.execute("INSERT INTO t VALUES (-1, zeroblob(3000))")
            other.commit()

    copy_sqlite(path, tmp_path / "copy.db", write)
    assert database.execute("SELECT count(*) FROM t WHERE n < 0").fetchone()[0] > 5
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copied:
        assert copied.execute("SELECT min(n), count(*) FROM t").fetchone() == (0, 50)
        assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_copy_is_one_file_and_progress_tells_all_its_bytes(tmp_path, source):
    done = []
    copy_sqlite(source[0], tmp_path / "copy.db", done.append)
    assert sum(done) == (tmp_path / "copy.db").stat().st_size
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]
