from geofence.survey.kept_tasks import keep_tasks
from tests.fixtures.small_map import at

SWEEP, SALT = ["BRUSHING"], ["SALTING"]


def section(section_id, name, *places, grids=("JY01",), **properties):
    whole = {"id": section_id, "name": name, "grids": list(grids), **properties}
    line = [list(at(*place)) for place in places]
    geometry = {"type": "LineString", "coordinates": line}
    return {"type": "Feature", "properties": whole, "geometry": geometry}


def kept(drawn, before):
    made, lost = keep_tasks(drawn, before)
    assert [one["geometry"] for one in made] == [one["geometry"] for one in drawn]
    tasks = {one["properties"]["id"]: one["properties"].get("tasks") for one in made}
    return tasks, [str(each) for each in lost]


def test_a_section_that_is_drawn_as_before_keeps_its_tasks():
    before = section("w1-001", "云中街", (0, 0), (400, 0), tasks=SWEEP)
    drawn = section("w1-001", "云中街", (0, 0), (400, 0))
    assert kept([drawn], [before]) == ({"w1-001": SWEEP}, [])
    assert "tasks" not in drawn["properties"]


def test_a_street_whose_sections_all_had_the_same_keeps_them_however_it_is_cut():
    before = [
        section("w1-001", "云中街", (0, 0), (400, 0), tasks=SWEEP),
        section("w1-002", "云中街", (400, 0), (800, 0), tasks=SWEEP),
    ]
    drawn = [
        section("w9-001", "云中街", (0, 0), (300, 0)),
        section("w9-002", "云中街", (300, 0), (900, 0)),
        section("w9-003", "滨河路", (0, 200), (900, 200)),
    ]
    assert kept(drawn, before) == ({"w9-001": SWEEP, "w9-002": SWEEP, "w9-003": None}, [])


def test_where_sections_of_a_street_differed_each_takes_what_stood_where_it_runs():
    before = [
        section("w1-001", "云中街", (0, 0), (400, 0), tasks=SWEEP),
        section("w1-002", "云中街", (400, 0), (800, 0), tasks=SALT),
        section("w1-003", "云中街", (800, 0), (1200, 0)),
    ]
    drawn = [
        section("w1-001", "云中街", (0, 0), (200, 0)),
        section("w1-002", "云中街", (200, 0), (400, 0)),
        section("w1-003", "云中街", (400, 0), (800, 0)),
        section("w1-004", "云中街", (800, 0), (1200, 0)),
        section("w2-001", "云中街", (0, 900), (400, 900)),
    ]
    tasks, lost = kept(drawn, before)
    assert list(tasks.values()) == [SWEEP, SWEEP, SALT, None, None]
    assert lost == []


def test_a_street_of_another_grid_with_the_same_name_keeps_its_own():
    before = [
        section("w1-001", "云中街", (0, 0), (400, 0), tasks=SWEEP),
        section("w1-002", "云中街", (400, 0), (800, 0), grids=("JY02",)),
    ]
    drawn = [
        section("w1-001", "云中街", (0, 0), (400, 0)),
        section("w1-002", "云中街", (400, 0), (800, 0), grids=("JY02",)),
    ]
    assert kept(drawn, before)[0] == {"w1-001": SWEEP, "w1-002": None}


def test_a_street_that_is_called_otherwise_now_is_found_by_id_and_place():
    before = section("w1-002", "云中街", (0, 0), (400, 0), tasks=SWEEP)
    drawn = section("w1-001", "云中大街", (0, 0), (400, 0))
    assert kept([drawn], [before]) == ({"w1-001": SWEEP}, [])


def test_tasks_of_what_is_not_on_the_map_any_more_are_told():
    before = section("w1-001", "云中街", (0, 0), (400, 0), tasks=SWEEP)
    drawn = section("w2-001", "滨河路", (0, 200), (400, 200))
    tasks, (lost,) = kept([drawn], [before])
    assert tasks == {"w2-001": None}
    assert lost.startswith("streets.geojson: tasks (w1-001): BRUSHING: the map has no such street")


def test_of_two_sections_that_are_one_now_the_tasks_of_the_other_are_told():
    before = [
        section("w1-001", "云中街", (0, 0), (400, 0), tasks=SWEEP),
        section("w1-002", "云中街", (400, 0), (500, 0), tasks=SALT),
    ]
    tasks, (lost,) = kept([section("w1-001", "云中街", (0, 0), (500, 0))], before)
    assert tasks == {"w1-001": SWEEP}
    assert "(w1-002): SALTING" in lost


def test_what_is_no_section_has_no_tasks_to_keep():
    drawn = section("w1-001", "云中街", (0, 0), (400, 0))
    strange = [
        {},
        {"properties": None, "geometry": None},
        {"properties": {"name": 1, "grids": []}, "geometry": drawn["geometry"]},
        {**drawn, "geometry": {"type": "Point", "coordinates": [113.3, 40.1]}},
        {**drawn, "geometry": {"type": "LineString", "coordinates": [["a", "b"], [1, 2]]}},
        section("w1-001", "云中街", (0, 0), (400, 0), tasks="BRUSHING"),
    ]
    assert kept([drawn], strange) == ({"w1-001": None}, [])
