import zipfile

import pytest

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector.shapefile import beside, check_whole
from geofence.streetmap.vector.vector_file import read_vector_file
from tests.fixtures.drawn_files import write_drawn

COUNT = 16
AGAIN = r".*copy all files of the Shapefile again, or export it again"


@pytest.fixture
def path(tmp_path):
    lines = [[(113.80, 34.0 + k * 1e-3), (113.82, 34.0 + k * 1e-3)] for k in range(COUNT)]
    names = [f"魏都大道{k}" for k in range(COUNT)]
    return write_drawn(tmp_path / "街道.shp", lines, {"name": names}, encoding="GBK")


def cut(path, ending, size):
    part = path.with_suffix(ending)
    part.write_bytes(part.read_bytes()[:size])


def refusal(path):
    with pytest.raises(StreetMapError, match=r"街道\.(shp|zip): " + AGAIN) as error:
        read_vector_file(path)
    return str(error.value)


def tell_lines(path, ending, count):
    """Have the header of a .shx or .shp tell the length of some lines, as if none lacked."""
    part = path.with_suffix(ending)
    each = 8 if ending == ".shx" else 88
    raw = part.read_bytes()
    length = (100 + each * count) // 2
    part.write_bytes(raw[:24] + length.to_bytes(4, "big") + raw[28 : 2 * length])


def test_a_whole_one_is_read(path):
    check_whole(path, path, path.with_suffix(".shx"))
    assert read_vector_file(path).streets.section_count == COUNT


@pytest.mark.parametrize("size", [900, 101, 100, 1_507])
def test_a_shp_that_was_cut_is_no_smaller_town(path, size):
    cut(path, ".shp", size)
    assert f"its .shp ends early, with {size} of the 1508 bytes" in refusal(path)


def test_a_shp_that_was_cut_in_an_archive_is_found_too(path):
    cut(path, ".shp", 900)
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for ending in (".shp", ".shx", ".dbf"):
            archive.write(path.with_suffix(ending), f"街道{ending}")
    assert "its .shp ends early" in refusal(packed)


def test_a_shp_whose_header_knows_of_the_cut_is_shorter_than_the_shx_tells(path):
    tell_lines(path, ".shp", 4)
    assert "12 of the 16 lines that the .shx tells lie behind the end of the .shp" in refusal(path)


@pytest.mark.parametrize("size", [99, 100, 180, 227])
def test_a_shx_that_was_cut_is_refused(path, size):
    cut(path, ".shx", size)
    assert "its .shx ends " in refusal(path)


def test_a_shx_of_fewer_lines_than_the_table_has_rows_is_refused(path):
    tell_lines(path, ".shx", 10)
    assert "its .dbf has 16 rows and its .shx 10 lines" in refusal(path)


@pytest.mark.parametrize(
    ("size", "told"),
    [(8, "its .dbf ends within its header"), (400, "with 4 of the 16 rows that its header tells")],
)
def test_a_dbf_that_was_cut_is_refused(path, size, told):
    cut(path, ".dbf", size)
    assert told in refusal(path)


def test_a_table_of_which_a_row_was_taken_away_is_not_read_with_names_at_other_streets(path):
    table = path.with_suffix(".dbf")
    raw = table.read_bytes()
    table.write_bytes(raw[:4] + (COUNT - 1).to_bytes(4, "little") + raw[8:])
    assert "its .dbf has 15 rows and its .shx 16 lines, so that names would" in refusal(path)


def test_lines_without_geometry_are_whole(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [[(0, 0), (0, 0.1)], None], {"name": ["a", "b"]})
    assert read_vector_file(path).streets.section_count == 1


def test_files_are_found_in_capitals_too(path):
    path.with_suffix(".dbf").rename(path.with_suffix(".DBF"))
    assert beside(path, ".dbf") == path.with_suffix(".DBF")
    assert beside(path, ".qix") is None
    cut(path, ".DBF", 400)
    assert "its .dbf ends early" in refusal(path)
