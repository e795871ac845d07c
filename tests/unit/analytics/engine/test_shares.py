from analytics.engine.brief import brief_of, dropped_of
from analytics.engine.shares import Share, bunches_of, shares_of, whole_of
from analytics.verdicts.judge import judge
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures import recorded_city as city


def seen():
    return list(observe(resolve(city.simulated().pings).pings, city.network(), city.city().rules))


def test_each_grid_is_in_one_share_with_its_vehicles():
    plan = city.city()
    for at_once in (1, 4, 100):
        shares = list(shares_of(plan, city.DATE, at_once))
        ids = [grid_id for share in shares for grid_id in share.grid_ids]
        assert ids == [grid.id for grid in plan.grids]
        assert max(len(share.grid_ids) for share in shares) == min(at_once, len(plan.grids))
        for share in shares:
            own = {v for grid_id in share.grid_ids for v in plan.grid_by_id[grid_id].vehicles}
            assert set(share.vehicles) == own


def test_bunches_have_each_vehicle_once_those_of_a_share_together():
    shares = [Share(("A",), ("c", "a", "b")), Share(("B",), ("b", "d", "x"))]
    found = bunches_of(shares, {"a", "b", "c", "d", "f", "e"}, 2)
    assert found == [("c", "a"), ("b",), ("d",), ("e", "f")]


def test_shares_together_are_judged_as_the_whole():
    plan, fleet = city.city(), seen()
    judged = [
        judge(
            [each for each in fleet if each.vehicle_id in share.vehicles],
            plan, city.network(), city.DATE, grid_ids=share.grid_ids,
        )
        for share in shares_of(plan, city.DATE, 4)
    ]  # fmt: skip
    whole = judge(fleet, plan, city.network(), city.DATE)
    dropped = dropped_of(map(brief_of, fleet), {})
    together = whole_of(judged, city.DATE, {}, dropped)
    assert together.streets.equals(whole.streets)
    assert together.grids.equals(whole.grids)
    assert together.outlier_count == whole.outlier_count
    assert together.unbelieved == whole.unbelieved
    assert together.misfits == ()
