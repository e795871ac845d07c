import pytest

from ingest.broker.upkeep.present import present_bytes


@pytest.fixture
def streams(tmp_path):
    folder = tmp_path / "jetstream" / "$G" / "streams"
    for name, meta in (
        ("$MQTT_msgs", b'{"name": "$MQTT_msgs", "max_bytes": 500}'),
        ("$MQTT_rmsgs", b'{"name": "$MQTT_rmsgs", "max_bytes": 70}'),
        ("$MQTT_sess", b'{"name": "$MQTT_sess", "max_bytes": -1}'),
    ):
        (folder / name / "msgs").mkdir(parents=True)
        (folder / name / "meta.inf").write_bytes(meta)
    return folder


def test_an_empty_store_needs_nothing(tmp_path):
    assert present_bytes(tmp_path) == 0


def test_a_store_needs_what_its_streams_were_promised(streams):
    assert present_bytes(streams.parents[2]) == 570


def test_a_store_that_holds_more_than_that_needs_as_much(tmp_path, streams):
    (streams / "$MQTT_msgs" / "msgs" / "1.blk").write_bytes(bytes(400))
    (streams / "$MQTT_msgs" / "msgs" / "2.blk").write_bytes(bytes(400))
    assert present_bytes(tmp_path) == 800


def test_a_file_that_cannot_be_read_is_left_to_the_server(tmp_path, streams):
    (streams / "$MQTT_msgs" / "meta.inf").write_bytes(b"\xff")
    assert present_bytes(tmp_path) == 70
