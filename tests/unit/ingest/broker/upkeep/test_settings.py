from ingest.broker.upkeep.limits import MOST_BYTES, reserve_of
from ingest.broker.upkeep.settings import UpkeepSettings


def test_without_a_reserve_it_is_taken_from_the_size_of_the_disk(tmp_path):
    limits = UpkeepSettings().limits(tmp_path)
    assert limits.most_bytes == MOST_BYTES
    assert 0 < limits.reserve_bytes <= reserve_of(2**62)


def test_a_reserve_of_nothing_is_taken_at_its_word(tmp_path):
    assert UpkeepSettings(most_bytes=7, reserve_bytes=0).limits(tmp_path).reserve_bytes == 0


def test_what_a_disk_has_left_is_asked_of_the_system(tmp_path):
    assert UpkeepSettings().free_bytes(tmp_path) > 0
