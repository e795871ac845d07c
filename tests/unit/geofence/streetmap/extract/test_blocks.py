"""A file in blocks that are files of their own; formats are known by what stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.streetmap.extract.blocks import OsmFile
from tests.fixtures.osm_files import osm_xml, write_pbf

SPOTS = {number: (113 + number / 1000, 40.0) for number in range(1, 9)}
WAYS = [(number, [number, number + 1], {"name": f"街{number}"}) for number in range(1, 8)]


def inner(data: bytes) -> bytes:
    return data[data.index(b">", data.index(b"<osm")) + 1 :].replace(b"</osm>", b"").strip()


@given(st.integers(1, 700))
def test_blocks_of_xml_hold_whole_objects_and_all_of_them(tmp_path_factory, size):
    text = osm_xml(SPOTS, WAYS)
    path = tmp_path_factory.mktemp("osm") / "a.osm"
    path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geofence.streetmap.extract.blocks.XML_PIECE", size)
        patch.setattr("geofence.streetmap.extract.blocks.HEAD_MOST", 70)
        blocks = list(OsmFile(path).blocks())
    assert all(block.format == "osm" for block in blocks)
    bodies = [inner(block.data) for block in blocks]
    assert all(body.count(b"<way") == body.count(b"</way>") for body in bodies)
    assert b"\n".join(filter(None, bodies)) == inner(text.encode())


def test_blocks_of_pbf_begin_with_its_header(tmp_path, monkeypatch):
    monkeypatch.setattr("geofence.streetmap.extract.blocks.BLOCK_BYTES", 1)
    path = write_pbf(tmp_path / "a.osm.pbf", SPOTS, WAYS)
    blocks = list(OsmFile(path).blocks())
    assert len(blocks) > 1
    assert {block.data[:24] for block in blocks} == {path.read_bytes()[:24]}
    assert {block.format for block in blocks} == {"pbf"}


def test_a_file_can_be_read_again_and_progress_goes_on(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text(osm_xml(SPOTS, WAYS), encoding="utf-8")
    seen: list[tuple[int, int]] = []
    file = OsmFile(path, lambda done, total: seen.append((done, total)))
    first, second = list(file.blocks()), list(file.blocks())
    assert first == second
    size = path.stat().st_size
    assert seen[-1] == (2 * size, 2 * size)
    assert (size, size) in seen


def test_an_empty_extract_has_no_block(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text("<?xml version='1.0'?><osm version='0.6' />")
    assert list(OsmFile(path).blocks()) == []


def test_a_name_of_the_program_may_hold_what_ends_a_tag(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text("<osm version='0.6' generator='a > b'><node id='1' lat='1' lon='2'/></osm>")
    (block,) = OsmFile(path).blocks()
    assert block.data == path.read_bytes()
