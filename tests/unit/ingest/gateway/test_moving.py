import pytest

from ingest.broker.address import BrokerAddress
from ingest.fault import BrokerError
from ingest.gateway.moving import move, topic_as_published, waiting_in
from ingest.mqtt.connection import Login


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("$MQTT.msgs.fleet.晋BQ0001.ping", "fleet/晋BQ0001/ping"),
        ("$MQTT.msgs.share.7.fleet.a//b.ping", "fleet/a.b/ping"),
        ("$MQTT.msgs.share.16.fleet.a.ping", "share/16/fleet/a/ping"),
        ("$MQTT.msgs.share.x.ping", "share/x/ping"),
        ("$MQTT.msgs.yard", "yard"),
    ],
)
def test_a_message_goes_to_the_topic_that_was_published_not_to_its_share(subject, topic):
    assert topic_as_published(subject) == topic


def test_a_folder_that_is_no_store_is_refused_and_stays_as_it_is(tmp_path):
    for use in (waiting_in, lambda store: move(store, BrokerAddress("h", 1), Login("c"))):
        with pytest.raises(BrokerError, match="is no store of a broker; give the --store"):
            use(tmp_path)
    assert list(tmp_path.iterdir()) == []
