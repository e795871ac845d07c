import pytest

from ingest.fault import SettingError
from ingest.gateway.topic import check_topic


@pytest.mark.parametrize("topic", ["gateway/osmand", "车队/位置", "a"])
def test_a_topic_comes_back_as_it_is(topic):
    assert check_topic(topic) == topic


@pytest.mark.parametrize("topic", ["", "a/+", "a/#", "a\0b", "$SYS/broker", "长" * 400])
def test_what_is_no_topic_or_many_is_refused_with_what_to_write(topic):
    with pytest.raises(SettingError, match="write"):
        check_topic(topic)
