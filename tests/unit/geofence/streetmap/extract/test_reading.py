"""An extract is the same whatever the format and order of its file; what is none is refused."""

import bz2
import gzip

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.streetmap.extract.extract import Extract
from geofence.streetmap.extract.reading import read_extract
from geofence.streetmap.fault import StreetMapError
from tests.fixtures.osm_files import osm_xml, write_osm, write_pbf

SPOTS = {1: (113.3, 40.1), 2: (113.31, 40.1), 3: (113.32, 40.1000001), 4: (-0.5, -0.25)}
SPOT_TAGS = {2: {"highway": "crossing"}, 4: {"place": "village", "name": "赵家 窑, 北=村%"}}
WAYS = [
    (7, [1, 2, 3], {"highway": "residential", "name": "魏都大道", "alt_name": "a=b, c@d"}),
    (8, [3, 4], {"highway": "service"}),
    (9, [1, 2, 3, 1], {"building": "yes"}),
    (10, [1, 3], {"name": "河", "waterway": "stream"}),
]
AREAS = [
    (5, [(9, "outer")], {"type": "multipolygon", "name": "小区", "landuse": "residential"}),
    (6, [(7, "forward")], {"type": "route", "name": "101路"}),
]


def told(extract: Extract) -> object:
    """All that is read, without what the order of the file may decide."""
    ways = extract.ways
    found = {
        number: (
            ways.nodes[first:end].tolist(),
            str(ways.places[first:end].tolist()),  # NaN is not itself
            dict(extract.tag_sets[tags]),
        )
        for number, first, end, tags in zip(
            ways.ids.tolist(), ways.first_node[:-1], ways.first_node[1:], ways.tags, strict=True
        )
    }
    return (
        sorted(found.items()),
        sorted((n.id, n.longitude_deg, n.latitude_deg, str(n.tags)) for n in extract.nodes),
        [(area.id, area.ways, dict(area.tags)) for area in extract.areas],
        extract.bounds.ids.tolist(),
        str(extract.bounds.places.tolist()),
    )  # fmt: skip


@pytest.fixture
def plain(tmp_path):
    return write_osm(tmp_path / "a.osm", SPOTS, WAYS, spot_tags=SPOT_TAGS, areas=AREAS)


def test_ways_with_highway_or_a_name_are_read_with_the_places_of_their_nodes(plain):
    extract = read_extract(plain)
    assert extract.ways.ids.tolist() == [7, 8, 10]
    assert np.diff(extract.ways.first_node).tolist() == [3, 2, 2]
    assert extract.ways.places[:3].tolist() == [list(SPOTS[1]), list(SPOTS[2]), list(SPOTS[3])]
    assert extract.tag_sets[extract.ways.tags[0]] == WAYS[0][2]


def test_named_nodes_and_multipolygons_are_read_and_no_other_node_or_relation(plain):
    extract = read_extract(plain)
    assert [(node.id, node.tags) for node in extract.nodes] == [(4, SPOT_TAGS[4])]
    assert [(area.id, area.ways) for area in extract.areas] == [(5, (9,))]
    assert extract.bounds.ids.tolist() == [9]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_extract_reads_as_the_plain_one_whatever_its_name(plain, tmp_path, pack):
    path = tmp_path / "no-ending"
    path.write_bytes(pack(plain.read_bytes()))
    assert told(read_extract(path)) == told(read_extract(plain))


def test_pbf_reads_as_xml(plain, tmp_path):
    pbf = write_pbf(tmp_path / "a.osm.pbf", SPOTS, WAYS, spot_tags=SPOT_TAGS, areas=AREAS)
    assert told(read_extract(pbf)) == told(read_extract(plain))


def test_ways_may_stand_before_their_nodes(plain, tmp_path):
    turned = write_osm(
        tmp_path / "b.osm", SPOTS, WAYS, spot_tags=SPOT_TAGS, areas=AREAS, nodes_last=True
    )
    assert told(read_extract(turned)) == told(read_extract(plain))


def test_what_an_editor_wrote_reads_as_the_plain_one(plain, tmp_path):
    drawn = write_osm(
        tmp_path / "b.osm", SPOTS, WAYS, spot_tags=SPOT_TAGS, areas=AREAS,
        root='version="0.6" generator="JOSM"',
    )  # fmt: skip
    assert told(read_extract(drawn)) == told(read_extract(plain))


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(1, 5), max_size=5), st.text(min_size=1, max_size=8)),
        max_size=8,
    )
)
def test_blocks_of_any_size_give_the_whole(tmp_path_factory, drawn):
    folder = tmp_path_factory.mktemp("osm")
    legal = [
        "".join(c for c in text if c.isprintable() and ord(c) not in range(0xD800, 0xE000)) or "x"
        for _, text in drawn
    ]
    ways = [
        (number, nodes, {"highway": "service", "name": text})
        for number, ((nodes, _), text) in enumerate(zip(drawn, legal, strict=True), start=1)
    ]
    path = write_osm(folder / "a.osm", SPOTS, ways)
    whole = told(read_extract(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geofence.streetmap.extract.blocks.XML_PIECE", 61)
        assert told(read_extract(path)) == whole
    pbf = write_pbf(folder / "a.osm.pbf", SPOTS, ways)
    assert told(read_extract(pbf)) == whole


def test_nodes_that_the_extract_lacks_have_no_place(tmp_path):
    path = write_osm(tmp_path / "a.osm", SPOTS, [(7, [1, 99, 2], {"highway": "service"})])
    assert np.isnan(read_extract(path).ways.places).tolist() == [
        [False] * 2,
        [True] * 2,
        [False] * 2,
    ]


def test_progress_ends_at_the_size_of_the_file_and_never_goes_beyond_it(tmp_path):
    path = write_osm(tmp_path / "a.osm", SPOTS, WAYS)
    seen = []
    read_extract(path, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (path.stat().st_size,) * 2
    assert all(done <= total for done, total in seen)


class TestRefused:
    def refusal(self, path):
        with pytest.raises(StreetMapError) as error:
            read_extract(path)
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
        return str(error.value)

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "is empty"),
            (b"PK\x03\x04", "unpack it"),
            (b'{"version": 0.6, "elements": []}', r"[out:xml]"),
            (b"\xff\xfe<\x00", "UTF-16"),
            (b"hello", "no OpenStreetMap extract"),
            (b"\xff\xe0\x04o5m2", "osmium cat"),
            (b"<!DOCTYPE html><html><body>502</body></html>", "web page"),
            (b"<html></html>", "web page"),
            (b"<kml></kml>", "<kml>"),
            (b"<osmChange version='0.6'></osmChange>", "holds changes"),
            (b"<!DOCTYPE osm [<!ENTITY a 'b'>]><osm version='0.6'></osm>", "DOCTYPE"),
            (b"<osm version='0.6'><node id='1' lat='1' lon='2'/>", "ends early or is broken XML"),
            (b"<osm version='0.6'><node id='1' lat='1' lo", "ends early or is broken XML"),
            (b"<osm version='0.6'><node id='1' lat='x' lon='2'/></osm>", "cannot be read"),
            (b"<osm version='0.6'><node id='-1' lat='x' lon='2'/></osm>", "node -1"),
            (b"<osm version='0.6'><node id='-1' lat='1' lo", "ends early or is broken XML"),
            (b"<?xml", "XML of another kind"),
        ],
    )
    def test_a_file_that_is_no_extract_says_what_it_is_and_how_to_mend_it(
        self, tmp_path, data, says
    ):
        path = tmp_path / "a.osm.pbf"
        path.write_bytes(data)
        assert says in self.refusal(path)

    def test_a_file_that_is_not_there(self, tmp_path):
        assert "No such file" in self.refusal(tmp_path / "a.osm")
        assert "directory" in self.refusal(tmp_path)

    def test_a_pbf_cut_at_any_byte(self, tmp_path):
        whole = write_pbf(tmp_path / "a.osm.pbf", SPOTS, WAYS).read_bytes()
        path = tmp_path / "b.osm.pbf"
        for length in range(1, len(whole) - 1, 7):
            path.write_bytes(whole[:length])
            try:
                extract = read_extract(path)
            except StreetMapError as error:
                assert str(path) in str(error)  # noqa: PT017
            else:  # cut between two blobs, which no reader can tell
                assert len(extract.ways.ids) < len(WAYS)

    def test_a_pbf_of_which_bytes_are_wrong(self, tmp_path):
        whole = write_pbf(tmp_path / "a.osm.pbf", SPOTS, WAYS).read_bytes()
        path = tmp_path / "b.osm.pbf"
        path.write_bytes(whole[:-40] + bytes(30) + whole[-10:])
        assert "download or export it again" in self.refusal(path)

    def test_a_name_that_libosmium_calls_no_utf_8(self, tmp_path, monkeypatch):
        def refuse(*_):
            raise RuntimeError("invalid Unicode codepoint")

        path = write_pbf(tmp_path / "a.osm.pbf", SPOTS, WAYS)
        monkeypatch.setattr("geofence.streetmap.extract.reading.osmium.apply", refuse)
        assert "not UTF-8" in self.refusal(path)

    def test_a_packed_file_that_ends_early(self, plain, tmp_path):
        path = tmp_path / "a.osm.gz"
        path.write_bytes(gzip.compress(plain.read_bytes())[:-20])
        assert "the compressed file ends early" in self.refusal(path)
        path.write_bytes(bz2.compress(plain.read_bytes())[:-20])
        assert "the compressed file ends early" in self.refusal(path)

    def test_a_history(self, plain, tmp_path):
        path = tmp_path / "a.osh.pbf"
        with osmium.SimpleWriter(path) as writer:
            osmium.apply(str(plain), writer)
        assert "osmium time-filter" in self.refusal(path)


def test_comments_and_other_elements_between_objects_are_no_hindrance(tmp_path, monkeypatch):
    text = osm_xml(SPOTS, WAYS).replace(
        "<way", "<!-- <node id='1' > -->\n<way"
    ).replace("<node", "<note>by <![CDATA[x]]></note><node", 1)  # fmt: skip
    path = tmp_path / "a.osm"
    path.write_text(
        f"\ufeff<!-- <osmChange> -->{text}".replace("<?xml version='1.0' encoding='UTF-8'?>", "")
    )
    whole = told(read_extract(path))
    monkeypatch.setattr("geofence.streetmap.extract.blocks.XML_PIECE", 50)
    assert told(read_extract(path)) == whole == told(read_extract(write_osm(path, SPOTS, WAYS)))


def test_a_folder_without_room_is_named_before_anything_is_written(plain, monkeypatch):
    monkeypatch.setattr("geofence.streetmap.extract.reading.ROOM_BYTES", 1 << 62)
    with pytest.raises(StreetMapError, match=r"MB free, which reading needs .*; set TMPDIR"):
        read_extract(plain)
