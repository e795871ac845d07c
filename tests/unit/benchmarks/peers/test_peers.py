"""A peer's path becomes the passes it stands for. Neither fastmm nor Meili is needed here."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.matching.tally import Tally
from benchmarks.networks.networks import plan_of
from benchmarks.peers import fmm
from benchmarks.peers.buffer import BufferPeer
from benchmarks.peers.meili_network import MeiliNetwork
from benchmarks.peers.ours import OurPeer
from benchmarks.peers.paths import Leg, edge_line, match_of
from benchmarks.peers.peer import Peer
from benchmarks.peers.vehicles import Vehicle, vehicles_of
from geofence.plan.plan import ServiceRules
from geofence.seen.passes import build_gaps, build_passes
from tests.fixtures.street_map import START_MS, StreetMap

RULES = ServiceRules()
TOWN = StreetMap(
    """
a---------b---------c
          |
          |
          |
          d
"""
)
NETWORK = TOWN.network
AB_M, BD_M = 100.0, 80.0


def vehicle(pings) -> Vehicle:
    (only,) = vehicles_of(pings, NETWORK, RULES)
    return only


def index(section: str) -> int:
    return NETWORK.section_ids.index(section)


def arc(section: str) -> int:
    return 2 * int(np.flatnonzero(NETWORK.edge_section == index(section))[0])


def stretches(passes):
    """Section, from, to and seconds of each pass, to the whole metre and second."""
    return [
        (NETWORK.section_ids[section], round(begin), round(end), round(first), round(last))
        for section, begin, end, first, last in zip(
            passes.section, passes.from_m, passes.to_m,
            (passes.started_ms - START_MS) / 1000, (passes.finished_ms - START_MS) / 1000,
            strict=True,
        )
    ]  # fmt: skip


def covered_m(passes, section: str) -> float:
    on = passes.section == index(section)
    low, high = (
        np.minimum(passes.from_m, passes.to_m)[on],
        np.maximum(passes.from_m, passes.to_m)[on],
    )
    metres = np.arange(0.5, NETWORK.section_length_m[index(section)])
    return float(((metres[:, None] >= low) & (metres[:, None] < high)).any(axis=1).sum())


def observed(peer: Peer, seen: Vehicle):
    outcome = peer.observe([seen], 5.0, 1)
    assert outcome.seconds < float("inf")
    return outcome.observations[0]


def test_legs_become_passes_with_instants_and_the_rest_a_gap():
    truck = vehicle(TOWN.drive("abd"))  # 18 steps of 30 m each but the last
    count = len(truck.track.cut)
    legs = [
        Leg(0, 1, ((arc("ab"), 0.0, 30.0),)),
        Leg(1, 2, ((arc("ab"), 30.0, AB_M), (arc("bd"), 0.0, 30.0))),
        Leg(2, 3, ((arc("bd"), 30.0, 20.0),)),
    ]
    match = match_of(legs, count)
    passes = build_passes(NETWORK, truck.track, match, RULES)
    assert stretches(passes) == [
        ("ab", 0, 30, 0, 10),
        ("ab", 30, 100, 10, 17),
        ("bd", 0, 30, 17, 20),
        ("bd", 30, 20, 20, 30),
    ]
    assert match.progress_m[:4].round(6).tolist() == [0.0, 30.0, 100.0, -10.0]
    gaps = build_gaps(truck.track, match)
    assert (gaps.started_ms[0] - START_MS, gaps.silent.any()) == (30_000, False)


def test_a_path_against_the_drawn_direction_has_falling_measures():
    truck = vehicle(TOWN.drive("ba"))
    match = match_of([Leg(0, 1, ((arc("ab") + 1, 0.0, 30.0),))], len(truck.track.cut))
    passes = build_passes(NETWORK, truck.track, match, RULES)
    assert stretches(passes) == [("ab", 100, 70, 0, 10)]


def test_the_result_of_fastmm_is_read_with_whole_edges_between_its_ends():
    edges = [SimpleNamespace(edge_id=arc("ab")), SimpleNamespace(edge_id=arc("bd"))]
    segment = SimpleNamespace(
        p0=SimpleNamespace(trajectory_index=2, offset_from_start_of_edge=60.0),
        p1=SimpleNamespace(trajectory_index=3, offset_from_start_of_edge=25.0),
        edges=edges,
    )
    result = SimpleNamespace(subtrajectories=[SimpleNamespace(segments=[segment])])
    (leg,) = fmm.legs_of(result, NETWORK, 10)
    assert (leg.before, leg.fix) == (12, 13)
    assert leg.pieces == (
        (arc("ab"), 60.0, pytest.approx(AB_M, abs=0.01)),
        (arc("bd"), 0.0, 25.0),
    )


@pytest.fixture
def ways(tmp_path):
    network = MeiliNetwork(NETWORK)
    network.write(tmp_path / "network.osm")
    return network, (tmp_path / "network.osm").read_text(encoding="utf-8")


def point(place, share, kind="matched", **more):
    return {"type": kind, "edge_index": place, "distance_along_edge": share, **more}


def node_ids(text):
    """OSM nodes of each way."""
    found = re.findall(r'<way id="(\d+)".*?</way>', text)
    return {
        int(number): [int(n) for n in re.findall(r'ref="(\d+)"', body)]
        for number, body in zip(found, re.findall(r"<way.*?</way>", text), strict=True)
    }


def test_the_answer_of_meili_is_read_in_the_direction_of_travel(ways):
    network, text = ways
    nodes, way_ab, way_bd = node_ids(text), arc("ab") // 2 + 1, arc("bd") // 2 + 1
    found = {
        "edges": [
            {"way_id": way_ab, "node_id": nodes[way_ab][0]},
            {"way_id": way_bd, "node_id": nodes[way_bd][0]},
            {"way_id": way_bd, "node_id": nodes[way_bd][-1]},
        ],
        "matched_points": [point(0, 0.6), point(1, 0.5), point(2, 0.25)],
    }
    legs = list(network.legs(found, 5))
    assert [(leg.before, leg.fix) for leg in legs] == [(5, 6), (6, 7)]
    assert legs[0].pieces == (
        (arc("ab"), pytest.approx(60.0, abs=0.1), pytest.approx(AB_M, abs=0.1)),
        (arc("bd"), 0.0, pytest.approx(40.0, abs=0.1)),
    )
    assert legs[1].pieces == (
        (arc("bd"), pytest.approx(40.0, abs=0.1), pytest.approx(BD_M, abs=0.1)),
        (arc("bd") + 1, 0.0, pytest.approx(20.0, abs=0.1)),
    )


def test_no_route_is_read_over_a_point_of_meili_that_has_no_place_or_breaks_the_route(ways):
    network, text = ways
    way = arc("ab") // 2 + 1
    found = {
        "edges": [{"way_id": way, "node_id": node_ids(text)[way][0]}],
        "matched_points": [
            point(0, 0.1),
            {"type": "unmatched"},
            point(0, 0.3),
            point(0, 0.5, begin_route_discontinuity=True),
            point(0, 0.7),
            point(7, 0.0, "interpolated"),
        ],
    }
    assert [(leg.before, leg.fix) for leg in network.legs(found, 0)] == [(2, 3)]


def test_the_buffer_covers_what_the_track_follows_and_the_mouths_of_side_streets():
    seen = observed(BufferPeer(NETWORK, RULES), vehicle(TOWN.drive("abc")))
    assert covered_m(seen.passes, "ab") == pytest.approx(AB_M, abs=1)
    assert covered_m(seen.passes, "bc") == pytest.approx(AB_M, abs=1)
    assert covered_m(seen.passes, "bd") == pytest.approx(15.0, abs=1)
    assert seen.passes.collecting.all()
    along = [row for row in stretches(seen.passes) if row[0] == "ab"]
    assert along[0] == ("ab", 0, 45, 0, 10)  # the line of 0 to 30 m reaches 15 m beyond its end
    assert all(first <= last for *_, first, last in along)


def test_the_buffer_serves_nothing_on_a_fast_drive_or_across_a_gap():
    fast = observed(BufferPeer(NETWORK, RULES), vehicle(TOWN.drive("abc", speed_mps=10.0)))
    assert not fast.passes.collecting.any()
    apart = TOWN.drive("abc", speed_mps=0.5, interval_s=200.0)
    unseen = observed(BufferPeer(NETWORK, RULES), vehicle(apart.iloc[[0, 2]]))
    assert len(unseen.passes.section) == 0
    assert unseen.gaps.silent.all()


def test_our_matcher_covers_what_the_track_follows_and_no_side_street():
    seen = observed(OurPeer(NETWORK, RULES), vehicle(TOWN.drive("abc")))
    assert covered_m(seen.passes, "ab") == pytest.approx(AB_M, abs=1)
    assert covered_m(seen.passes, "bd") == 0.0


def test_a_line_of_an_edge_runs_from_its_first_node_to_its_last():
    line = edge_line(NETWORK, arc("bd") // 2)
    ends = [NETWORK.arc_from[arc("bd")], NETWORK.arc_to[arc("bd")]]
    assert line[0] == pytest.approx((NETWORK.node_x[ends[0]], NETWORK.node_y[ends[0]]))
    assert line[-1] == pytest.approx((NETWORK.node_x[ends[1]], NETWORK.node_y[ends[1]]))


def test_shares_are_of_what_was_decided_and_of_what_was_scored():
    tally = Tally(points=900, seconds=3.0)
    tally.counts.update(right=6, wrong=2, unknown=1, unknown_without_gap=1, borderline=5)
    assert (tally.decided, tally.scored, tally.points_per_s) == (8, 10, 300.0)


def test_an_extract_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.osm: no such file; name an extract"):
        plan_of("osm", 1, tmp_path / "none.osm")
