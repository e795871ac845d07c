from pathlib import PurePath

import pytest

from ingest.fault import PingFileError
from ingest.files.kinds import kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "csv"),
        ("a.CSV.GZ", "csv"),
        ("a.tsv", "csv"),
        ("a.jsonl.gz", "ndjson"),
        ("a.xlsx", "xlsx"),
        ("a.parquet", "parquet"),
        ("a.zip", ".zip"),
    ],
)
def test_the_suffix_tells_the_kind(name, kind):
    assert kind_of(PurePath(name)) == kind


@pytest.mark.parametrize("name", ["a", "a.pdf", "a.parquet.gz"])
def test_another_suffix_is_an_error_that_names_those_there_are(name):
    with pytest.raises(PingFileError, match=r"\.xlsx"):
        kind_of(PurePath(name))


def test_an_archive_within_an_archive_is_none():
    with pytest.raises(PingFileError, match=r"a\.zip/b\.zip"):
        kind_of(PurePath("b.zip"), "a.zip/b.zip")
