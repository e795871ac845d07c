from analytics.verdicts.judge import join, judge
from analytics.verdicts.tables import write_tables
from tests.fixtures.town import MONDAY, Town, Truck, grid, next_day, street


def written(folder, town: Town, *trucks: Truck, days=(MONDAY,)) -> tuple[str, str]:
    seen = [truck.observation() for truck in trucks]
    judgement = join([judge(seen, town.plan, town.network, day) for day in days])
    write_tables(judgement, folder, town.plan.timezone)
    return tuple(  # bytes, so that line ends are what they are
        (folder / name).read_bytes().decode("utf-8") for name in ("streets.csv", "grids.csv")
    )


def test_the_tables_have_the_columns_and_forms_of_the_contract(tmp_path):
    town = Town(street("云中街", (0, 0), (1000, 0)), street("乙路", (0, 100), (300, 100)))
    truck = (
        Truck(town).stand("云中街", 0, "06:30", "07:05").drive("云中街", 0, 1000, "07:05", "07:25")
    )
    streets, grids = written(tmp_path, town, truck.stand("云中街", 1000, "07:25", "09:00"))
    assert streets == (
        "service_date,grid_id,window,street,verdict,served_ratio,started_at,completed_at,"
        "schedule_deviation_s,observed_share,length_m\n"
        "2022-03-28,JY01,07:00-10:00,乙路,unknown,0.0000,,,,0.6667,300.0\n"
        "2022-03-28,JY01,07:00-10:00,云中街,served,1.0000,2022-03-28T07:05:00+08:00,"
        "2022-03-28T07:22:59+08:00,-9421,0.6667,1000.0\n"
    )
    assert grids == (
        "service_date,grid_id,operator,window,verdict,served_ratio,started_at,completed_at,"
        "schedule_deviation_s,observed_share,provably_missed_m,flags\n"
        "2022-03-28,JY01,sweep-1,07:00-10:00,unknown,0.7692,2022-03-28T07:05:00+08:00,,,0.6667,"
        "0.0,tracking_gap\n"
    )


def test_rows_are_sorted_by_date_then_grid_and_window_of_the_plan_then_street(tmp_path):
    town = Town(
        street("b", (0, 0), (10, 0), grids=["Z1", "A1"]),
        street("a", (0, 50), (10, 50), grids=["Z1"]),
        grids=[grid("Z1", "14:30-17:30", "07:00-10:00"), grid("A1")],
    )
    streets, grids = written(tmp_path, town, days=(MONDAY, next_day()))
    assert [line.split(",")[:4] for line in streets.splitlines()[1:6]] == [
        ["2022-03-28", "Z1", "14:30-17:30", "a"],
        ["2022-03-28", "Z1", "14:30-17:30", "b"],
        ["2022-03-28", "Z1", "07:00-10:00", "a"],
        ["2022-03-28", "Z1", "07:00-10:00", "b"],
        ["2022-03-28", "A1", "07:00-10:00", "b"],
    ]
    assert [line.split(",")[1] for line in grids.splitlines()[1:4]] == ["Z1", "Z1", "A1"]
    assert grids.splitlines()[4].startswith("2022-03-29,Z1")


def test_a_day_without_verdicts_has_tables_of_headers_only(tmp_path):
    streets, grids = written(tmp_path, Town(grids=[grid(days=[])]))
    assert streets.count("\n") == grids.count("\n") == 1


def test_instants_are_written_in_the_plans_time_with_its_offset(tmp_path):
    town = Town(zone="Europe/Berlin", grids=[grid("JY01", "01:00-04:00")])
    truck = Truck(town).drive("云中街", 0, 1000, "07:30", "07:50")  # 01:30 in Berlin, summer time
    streets, _ = written(tmp_path, town, truck)
    assert "2022-03-28T01:30:00+02:00" in streets
