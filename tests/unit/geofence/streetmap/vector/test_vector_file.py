import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.street_map import Structure
from geofence.streetmap.vector.vector_file import Wishes, read_vector_file
from ingest.datum import Datum, gcj02_to_bd09, wgs84_to_gcj02
from tests.fixtures.drawn_files import write_drawn

# a street from west to east, one that crosses it without a vertex, and one that ends on it
WEIDU = [(113.80, 34.00), (113.82, 34.00)]
XUJI = [(113.81, 33.99), (113.81, 34.01)]
JIANAN = [(113.815, 34.00), (113.815, 34.02)]
FIELDS = {
    "道路名称": ["魏都大道", "许继大道", "建安大道"],
    "编号": ["A1", "A2", "A3"],
    "单行": ["否", "是", "否"],
}


def told(reading):
    return "\n".join([*reading.notes.told, *reading.notes.warnings])


def lengths(streets):
    return [len(streets.line(section)) for section in range(streets.section_count)]


@pytest.mark.parametrize("ending", ["shp", "gpkg", "fgb", "geojson", "kml"])
def test_streets_of_every_format_are_cut_at_junctions_and_keep_their_names(tmp_path, ending):
    fields = FIELDS if ending != "kml" else {"Name": FIELDS["道路名称"]}
    path = write_drawn(
        tmp_path / f"roads.{ending}", [WEIDU, XUJI, JIANAN], fields,
        encoding="UTF-8" if ending == "shp" else None,
    )  # fmt: skip
    reading = read_vector_file(path)
    streets = reading.streets
    names = [streets.names_of(section).main for section in range(streets.section_count)]
    assert sorted(names) == sorted(["魏都大道"] * 3 + ["许继大道"] * 2 + ["建安大道"])
    assert len(np.unique(streets.ends)) == 7
    assert streets.coordinates.min(axis=0) == pytest.approx([113.80, 33.99])
    assert len(set(streets.ids)) == 6
    if ending != "kml":
        assert streets.ids[names.index("许继大道")] == "A2-001"
        assert streets.oneway.tolist() == [name == "许继大道" for name in names]


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("has_cpg", [True, False])
def test_a_dbf_is_read_in_the_encoding_it_is_in(tmp_path, encoding, has_cpg):
    path = write_drawn(tmp_path / "道路.shp", [WEIDU, XUJI, JIANAN], FIELDS, encoding=encoding)
    if not has_cpg:
        path.with_suffix(".cpg").unlink()
    reading = read_vector_file(path)
    assert {names.main for names in reading.streets.names} == set(FIELDS["道路名称"])
    assert f"encoding: {encoding} " in told(reading)
    assert "name field: 道路名称"[:15] in told(reading)


def test_a_cpg_that_is_wrong_is_found_out_and_told(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI, JIANAN], FIELDS, encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    reading = read_vector_file(path)
    assert "魏都大道" in {names.main for names in reading.streets.names}
    assert "the file says UTF-8, but its texts are GBK" in told(reading)


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_field_names_and_texts_cut_inside_a_character_are_read_as_far_as_they_go(
    tmp_path, encoding
):
    fields = {"道路名称与其别名": ["道" * 100, "许继大道", "建安大道"], "编": ["1", "2", "3"]}
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI, JIANAN], fields, encoding=encoding)
    reading = read_vector_file(path, Wishes(name_field="道路名称与其别名"))
    mains = {names.main for names in reading.streets.names}
    assert {"许继大道", "建安大道"} < mains
    assert any(set(main) == {"道"} for main in mains)


def test_a_shapefile_whose_cut_names_no_encoding_reads_says_how_to_export_it_again(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI], {"name": ["ab", "cd"]})
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = path.with_suffix(".dbf")
    table.write_bytes(
        table.read_bytes()
        .replace(b"name\x00", b"n\xff\x81\xff\x00")
        .replace(b"ab ", b"\xff\xff\x81")
        .replace(b"cd ", b"\xff\x80\xff")
    )
    with pytest.raises(StreetMapError, match=r"export the lines again as GeoPackage"):
        read_vector_file(path)


def test_texts_of_two_encodings_in_one_file_are_no_names(tmp_path):
    fields = {"name": ["a" * 12, "b" * 8]}
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI], fields)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = path.with_suffix(".dbf")
    table.write_bytes(
        table.read_bytes()
        .replace(b"a" * 12, "魏都大道".encode())
        .replace(b"b" * 8, "许继大道".encode("gbk"))
    )
    with pytest.raises(StreetMapError, match=r"1 of 2 names of fields and texts are no"):
        read_vector_file(path)


def test_two_cut_field_names_that_may_both_be_meant_are_named(tmp_path):
    fields = {"街道名称编号": ["1", "2"], "街道名称汉字": ["魏都大道", "许继大道"]}
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI], fields, encoding="UTF-8")
    with pytest.raises(StreetMapError, match=r"2 fields may be 街道名称汉字.*GeoPackage"):
        read_vector_file(path, Wishes(name_field="街道名称汉字"))


def test_names_with_accents_need_no_cpg(tmp_path):
    fields = {"NOME": ["Rua São João", "Avenida Júlio de Castilhos"]}
    lines = [[(-54.60, -20.4), (-54.59, -20.4)], [(-54.60, -20.41), (-54.59, -20.41)]]
    path = write_drawn(tmp_path / "ruas.shp", lines, fields, encoding="cp1252")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    reading = read_vector_file(path)
    assert [names.main for names in reading.streets.names] == fields["NOME"]
    assert "datum: wgs84 (no map is shifted there)" in told(reading)


def test_a_multi_line_is_several_sections_of_one_feature(tmp_path):
    both = shapely.MultiLineString([WEIDU, [(113.83, 34.0), (113.84, 34.0)]])
    path = write_drawn(tmp_path / "a.gpkg", [both], {"id": ["m"]}, geometry_type="MultiLineString")
    reading = read_vector_file(path)
    assert list(reading.streets.ids) == ["m-001", "m-002"]
    assert "1 features have several lines" in told(reading)


def test_heights_are_dropped(tmp_path):
    line = shapely.LineString([(113.8, 34.0, 70.0), (113.81, 34.0, 71.0)])
    path = write_drawn(tmp_path / "a.gpkg", [line], {"id": ["m"]}, geometry_type="LineString Z")
    assert lengths(read_vector_file(path).streets) == [2]


def test_what_is_no_line_is_counted(tmp_path):
    shapes = [
        shapely.LineString(WEIDU),
        shapely.Point(113.8, 34.0),
        None,
        shapely.box(113, 34, 114, 35),
    ]
    path = write_drawn(
        tmp_path / "a.gpkg", shapes, {"id": ["1", "2", "3", "4"]}, geometry_type="Unknown"
    )
    reading = read_vector_file(path)
    assert reading.streets.section_count == 1
    assert "left out: features 1 without geometry, 1 points, 1 areas" in told(reading)


def test_a_file_without_a_line_is_refused(tmp_path):
    path = write_drawn(
        tmp_path / "a.gpkg", [shapely.Point(113.8, 34.0)], {"id": ["1"]}, geometry_type="Point"
    )
    with pytest.raises(StreetMapError, match=r"layer a has no line but 1 points; export"):
        read_vector_file(path)


def test_a_file_with_several_layers_of_lines_asks_which(tmp_path):
    path = write_drawn(tmp_path / "city.gpkg", [WEIDU], {"id": ["1"]}, layer="roads")
    write_drawn(path, [XUJI], {"id": ["1"]}, layer="rails")
    write_drawn(
        path, [shapely.Point(113.8, 34)], {"id": ["1"]}, layer="trees", geometry_type="Point"
    )
    with pytest.raises(StreetMapError, match=r"2 layers have lines, roads, rails; .*--layer"):
        read_vector_file(path)
    with pytest.raises(StreetMapError, match=r"no layer road, maybe roads is meant; it has "):
        read_vector_file(path, Wishes(layer="road"))
    assert read_vector_file(path, Wishes(layer="rails")).streets.section_count == 1


def test_of_several_layers_the_only_one_with_lines_is_read(tmp_path):
    path = write_drawn(
        tmp_path / "a.gpkg", [shapely.Point(113.8, 34)], {"id": ["1"]}, layer="trees",
        geometry_type="Point",
    )  # fmt: skip
    write_drawn(path, [WEIDU], {"id": ["1"]}, layer="roads")
    assert "layer: roads" in told(read_vector_file(path))


def test_a_projected_file_of_cgcs2000_comes_to_its_place(tmp_path):
    forth = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    path = write_drawn(
        tmp_path / "a.shp", [list(zip(*forth.transform(*zip(*WEIDU, strict=True)), strict=True))],
        {"name": ["x"]}, crs="EPSG:4547",
    )  # fmt: skip
    reading = read_vector_file(path)
    assert reading.streets.coordinates == pytest.approx(np.array(WEIDU), abs=1e-7)
    assert "CGCS2000 / 3-degree Gauss-Kruger CM 114E" in told(reading)


def test_a_system_that_somebody_chooses_against_the_file_is_taken_with_a_warning(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU], {"name": ["x"]}, crs="EPSG:4490")
    forth = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    lines = [list(zip(*forth.transform(*zip(*WEIDU, strict=True)), strict=True))]
    wrong = write_drawn(tmp_path / "b.gpkg", lines, {"name": ["x"]}, crs="EPSG:4547")
    assert "leave --crs away" not in told(read_vector_file(path, Wishes(crs="EPSG:4326")))
    reading = read_vector_file(wrong, Wishes(crs="EPSG:4548"))
    assert reading.streets.coordinates[0, 0] == pytest.approx(116.8, abs=0.01)
    assert "CM 114E, and --crs CGCS2000 / 3-degree Gauss-Kruger CM 117E" in told(reading)


@pytest.mark.parametrize("oneway", ["-1", "TF", "反向"])
def test_a_one_way_against_the_drawing_turns_the_line_round(tmp_path, oneway):
    fields = {"id": ["a", "b"], "oneway": [oneway, "no"]}
    path = write_drawn(tmp_path / "a.geojson", [WEIDU, XUJI], fields)
    streets = read_vector_file(path).streets
    mine = [section for section, each in enumerate(streets.ids) if each.startswith("a-")]
    assert streets.oneway[mine].all()
    for section in mine:
        line = streets.line(section)
        assert line[0, 0] > line[-1, 0]
    assert streets.ends[mine[0], 0] == streets.ends[mine[1], 1]


def test_bridges_that_a_field_tells_are_not_cut(tmp_path):
    fields = {"name": ["地面", "高架"], "bridge": ["no", "yes"]}
    path = write_drawn(tmp_path / "a.geojson", [WEIDU, XUJI], fields)
    reading = read_vector_file(path)
    assert reading.streets.section_count == 2
    assert sorted(reading.streets.structure.tolist()) == [Structure.GROUND, Structure.BRIDGE]
    assert "no field tells bridges" not in told(reading)


def test_without_such_a_field_all_crossings_are_cut_and_that_is_told(tmp_path):
    path = write_drawn(tmp_path / "a.geojson", [WEIDU, XUJI], {"name": ["a", "b"]})
    reading = read_vector_file(path)
    assert reading.streets.section_count == 4
    assert "lines cut in 2 places" in told(reading)
    assert "no field tells bridges or tunnels" in told(reading)


def test_ids_that_repeat_give_way_to_numbers_of_features(tmp_path):
    path = write_drawn(tmp_path / "a.geojson", [WEIDU, XUJI], {"id2": [1, 1], "编号": ["7", "7"]})
    reading = read_vector_file(path)
    assert len(set(reading.streets.ids)) == 4
    assert "it repeats (7 stands 2 times)" in told(reading)


def test_a_field_that_is_not_there_is_told_with_those_that_are(tmp_path):
    path = write_drawn(tmp_path / "a.geojson", [WEIDU], {"roadname": ["a"], "kind": ["b"]})
    with pytest.raises(StreetMapError, match=r"no field roadnames .*, maybe roadname is meant; it"):
        read_vector_file(path, Wishes(name_field="roadnames"))


@pytest.mark.parametrize(
    ("field", "encoding"),
    [("NOME_LOGRADOURO", "cp1252"), ("道路名称全称", "GBK"), ("道路名称全称", "UTF-8")],
)
def test_a_long_name_of_a_field_that_a_shapefile_cuts_is_still_guessed(tmp_path, field, encoding):
    fields = {"FID_1": [1, 2], field: ["Rua A", "Rua B"]}
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI], fields, encoding=encoding)
    reading = read_vector_file(path)
    assert {names.main for names in reading.streets.names} == {"Rua A", "Rua B"}
    assert not any("--name-field" in warning for warning in reading.notes.warnings)


@pytest.mark.parametrize(
    "fields", [{"LEN": [1, 2], "K": ["a", "b"]}, {"LEN": [1, 2], "name": [None, ""]}]
)
def test_lines_of_which_no_field_tells_the_names_are_warned_of(tmp_path, fields):
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU, XUJI], fields)
    there = ", ".join(fields)
    assert (
        "no field is taken for names, so no street has one: name it with --name-field; there is "
        f"{there}"
    ) in read_vector_file(path).notes.warnings


def test_of_very_many_fields_a_warning_lists_some(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU], {f"f{k}": ["a"] for k in range(25)})
    warnings = read_vector_file(path).notes.warnings
    assert any(warning.endswith("f18, f19 and 5 more") for warning in warnings)


def test_further_names_are_names(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU], {"曾用名": ["魏都大道"]})
    assert not any("--name-field" in each for each in read_vector_file(path).notes.warnings)


def test_a_shapefile_without_its_table_is_warned_of(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI, JIANAN], FIELDS, encoding="GBK")
    path.with_suffix(".dbf").unlink()
    warnings = read_vector_file(path).notes.warnings
    assert any("no street has a name; of a Shapefile put the .dbf beside it" in w for w in warnings)


def town(shift=lambda lon, lat: (lon, lat)):
    """Give a town of crooked streets, each some 3 km long."""
    noise = np.random.default_rng(7)
    lines = []
    for k in range(24):
        along = np.linspace(113.78, 113.82, 30)
        across = (
            33.98 + 0.04 * k / 24 + np.cumsum(noise.normal(0, 4e-5, 30)) + noise.uniform(0, 1e-3)
        )
        pair = (along, across) if k % 2 else (across + 79.8, along - 79.8)
        lines.append(list(zip(*shift(np.array(pair[0]), np.array(pair[1])), strict=True)))
    return lines


def bd09(longitude, latitude):
    return gcj02_to_bd09(*wgs84_to_gcj02(longitude, latitude))


@pytest.mark.parametrize(
    ("shift", "datum"),
    [(wgs84_to_gcj02, Datum.GCJ02), (bd09, Datum.BD09), (lambda *at: at, Datum.WGS84)],
)
def test_the_datum_is_found_out_by_a_map_and_by_fixes(tmp_path, shift, datum):
    true = read_vector_file(
        write_drawn(tmp_path / "true.gpkg", town()), Wishes(datum=Datum.WGS84)
    ).streets
    path = write_drawn(tmp_path / "shifted.gpkg", town(shift))
    by_map = read_vector_file(path, reference=true)
    assert f"datum: {datum} (found by the map" in told(by_map)
    noise = np.random.default_rng(3)
    fixes = true.coordinates[::2] + noise.normal(0, 5e-5, (len(true.coordinates[::2]), 2))
    by_fleet = read_vector_file(path, fixes=fixes)
    assert f"datum: {datum} (found by the fleet" in told(by_fleet)
    for reading in (by_map, by_fleet):
        low, high = reading.streets.coordinates.min(axis=0), true.coordinates.min(axis=0)
        assert low == pytest.approx(high, abs=1e-5)


def test_a_datum_that_nothing_tells_is_assumed_with_a_warning(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", town())
    reading = read_vector_file(path)
    assert "datum: wgs84 (assumed)" in told(reading)
    assert "say it with --datum" in told(reading)
    few = read_vector_file(path, fixes=np.array([[113.8, 34.0]]))
    assert "the fleet does not tell (only" in told(few)


def test_a_datum_that_somebody_says_is_taken(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", town(wgs84_to_gcj02))
    reading = read_vector_file(path, Wishes(datum=Datum.GCJ02))
    true = read_vector_file(write_drawn(tmp_path / "b.gpkg", town()), Wishes(datum=Datum.WGS84))
    assert reading.streets.coordinates.min(axis=0) == pytest.approx(
        true.streets.coordinates.min(axis=0), abs=1e-6
    )
    assert "datum: gcj02 (as you say)" in told(reading)


def test_a_zipped_shapefile_is_read(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [WEIDU, XUJI, JIANAN], FIELDS, encoding="GBK")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for ending in ("shp", "shx", "dbf", "prj", "cpg"):
            archive.write(path.with_suffix(f".{ending}"), f"数据/a.{ending}")
    names = read_vector_file(tmp_path / "a.zip").streets.names
    assert {each.main for each in names} == set(FIELDS["道路名称"])


def test_reading_the_same_file_again_gives_the_same_map(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", town(), {"name": [f"街{k}" for k in range(24)]})
    one, other = read_vector_file(path).streets, read_vector_file(path).streets
    assert list(one.ids) == list(other.ids)
    assert np.array_equal(one.coordinates, other.coordinates)
    assert np.array_equal(one.ends, other.ends)


def test_a_town_across_180_degrees_is_cut_like_any_other(tmp_path):
    lines = [[(179.99, -17.0), (-179.99, -17.0)], [(-179.995, -17.01), (-179.995, -16.99)]]
    streets = read_vector_file(write_drawn(tmp_path / "a.gpkg", lines)).streets
    assert streets.section_count == 4
    assert len(np.unique(streets.ends)) == 5
    assert (np.abs(streets.coordinates[:, 0]) <= 180.0).all()
    assert np.abs(streets.coordinates[:, 0]).min() > 179.9


def test_recorded_tracks_are_no_streets(tmp_path):
    tracks = [[(113.8, 34.0), (113.81, 34.0 + k * 1e-6)] for k in range(1200)]
    path = write_drawn(tmp_path / "a.gpkg", tracks)
    with pytest.raises(StreetMapError, match=r"lines lie on each other .*export the middle lines"):
        read_vector_file(path)


def test_what_is_noted_is_a_line_each_whatever_fields_are_called(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU], {"na\nme\x1b[2J": ["x"]})
    assert all(line.isprintable() for line in told(read_vector_file(path)).splitlines())


def test_a_prj_that_is_broken_is_told(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [WEIDU], {"name": ["x"]})
    prj = path.with_suffix(".prj")
    prj.write_bytes(prj.read_bytes().replace(b"SPHEROID", b"SPHEROXD"))
    with pytest.raises(StreetMapError, match=r"a\.shp: "):
        read_vector_file(path)


def test_progress_comes_to_its_end(tmp_path):
    steps = []
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU])
    read_vector_file(path, progress=lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == [0, 1, 2, 3, 4]
    assert {most for *_, most in steps} == {4}


def test_a_map_of_one_feature_is_written_by_others_with_other_capitals(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", [WEIDU], {"NAME": ["x"], "OBJECTID": [5]})
    reading = read_vector_file(path)
    assert list(reading.streets.ids) == ["5-001"]
    assert reading.streets.names_of(0).main == "x"


def test_the_library_can_still_read_what_it_is_not_given():
    # what the allow-list is for: these drivers are there
    assert {"OGR_VRT", "GDALG", "WFS"} <= set(pyogrio.list_drivers())
