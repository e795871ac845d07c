from analytics.engine import local
from analytics.engine.dates import judged_dates
from analytics.engine.local import LocalEngine
from analytics.verdicts.evaluation import HeldPings, evaluate
from analytics.verdicts.tables import lines_of
from geofence.kept.store import ObservationStore
from geofence.matching.matcher import Matcher
from tests.fixtures import recorded_city as city


def judged(engine: LocalEngine):
    lines: list[bytes] = []
    pings = HeldPings(city.simulated().pings)
    ((day, found),) = judged_dates(pings, city.city(), [city.DATE], engine, evidence=lines.extend)
    assert day == city.DATE
    return found, b"".join(lines)


def test_a_night_is_judged_as_in_memory_with_its_evidence():
    plain = evaluate(city.simulated().pings, city.city(), [city.DATE])
    judgement, evidence = judged(LocalEngine())
    assert judgement.streets.equals(plain.streets)
    assert judgement.grids.equals(plain.grids)
    assert evidence == b"".join(lines_of(plain.evidence()))
    assert (judgement.outlier_count, judgement.unbelieved) == (
        plain.outlier_count,
        plain.unbelieved,
    )


def test_a_night_is_judged_the_same_however_many_grids_at_once(monkeypatch):
    judgement, evidence = judged(LocalEngine())
    monkeypatch.setattr(local, "GRIDS_AT_ONCE", 1)
    again, lines = judged(LocalEngine())
    assert again.streets.equals(judgement.streets)
    assert again.grids.equals(judgement.grids)
    assert lines == evidence


def test_a_second_run_gives_the_same_bytes_and_matches_nothing(tmp_path, monkeypatch):
    engine = LocalEngine(2, ObservationStore(tmp_path, 64))
    first = judged(engine)
    monkeypatch.delattr(Matcher, "match")
    again = judged(engine)
    assert again[1] == first[1]
    assert again[0].streets.equals(first[0].streets)


def test_no_case_is_held_once_its_evidence_is_written():
    pings = HeldPings(city.simulated().pings)
    for write in (None, list):
        engine = LocalEngine()
        ((_, found),) = judged_dates(pings, city.city(), [city.DATE], engine, evidence=write)
        assert found.cases == ()
