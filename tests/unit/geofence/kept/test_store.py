import os
from pathlib import Path

import pytest

from geofence.kept.store import ObservationStore
from geofence.plan.plan import ServiceRules
from geofence.seen.observe import observe
from tests.fixtures.driven_fleet import TOWN, bits, fleet

KEY, OTHER = "ab" * 20, "cd" * 20


@pytest.fixture(scope="module")
def seen():
    return next(observe(fleet(), TOWN.network, ServiceRules()))


@pytest.fixture
def store(tmp_path):
    return ObservationStore(tmp_path / "kept", most_mib=64)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_is_put_is_given_again_under_its_name_only(store, seen):
    store.put(KEY, seen)
    assert bits(store.get(KEY, seen.vehicle_id)) == bits(seen)
    assert store.get(OTHER, seen.vehicle_id) is None


def test_the_folder_is_nobody_elses(store, seen, tmp_path):
    store.put(KEY, seen)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "kept").iterdir())


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_that_was_altered_anywhere_is_not_used(store, seen, tmp_path, place):
    store.put(KEY, seen)
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    path.write_bytes(content)
    found = store.get(KEY, seen.vehicle_id)
    assert found is None or bits(found) == bits(seen)  # what is altered may say nothing


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 5000])
def test_a_file_that_is_no_observation_is_not_used_and_is_replaced(store, seen, tmp_path, content):
    store.put(KEY, seen)
    (path,) = files(tmp_path)
    path.write_bytes(content)
    assert store.get(KEY, seen.vehicle_id) is None
    store.put(KEY, seen)
    assert bits(store.get(KEY, seen.vehicle_id)) == bits(seen)


def test_a_file_under_the_name_of_another_is_not_used(store, seen, tmp_path):
    store.put(KEY, seen)
    (path,) = files(tmp_path)
    other = tmp_path / "kept" / OTHER[:2] / f"{OTHER}.parquet"
    other.parent.mkdir()
    path.rename(other)
    assert store.get(OTHER, seen.vehicle_id) is None


def test_a_folder_that_cannot_be_made_keeps_nothing_and_is_told_once(tmp_path, seen, capsys):
    (tmp_path / "kept").write_text("no folder")
    store = ObservationStore(tmp_path / "kept", most_mib=64)
    store.put(KEY, seen)
    store.put(OTHER, seen)
    assert store.get(KEY, seen.vehicle_id) is None
    told = capsys.readouterr()
    assert (told.out + told.err).count("observations not kept") == 1


def test_what_was_not_asked_for_longest_goes_first(tmp_path, seen):
    store = ObservationStore(tmp_path, most_mib=64)
    names = [f"{number:02x}" * 20 for number in range(4)]
    for age, name in enumerate(names):
        store.put(name, seen)
        os.utime(tmp_path / name[:2] / f"{name}.parquet", (1000 + age, 1000 + age))
    store.get(names[0], seen.vehicle_id)
    size = files(tmp_path)[0].stat().st_size
    small = ObservationStore(tmp_path, most_mib=64)
    small._most_mib = 2.5 * size / 1024 / 1024
    small.sweep()
    assert {path.stem for path in files(tmp_path)} == {names[0], names[3]}
