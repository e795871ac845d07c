import pytest

from ingest.decoding.dialects.native import Native
from ingest.decoding.routes import NATIVE_ROUTES, Route, Routes, routes_of
from ingest.fault import SettingError


def routes(*patterns):
    return Routes([Route(pattern, Native()) for pattern in patterns])


def test_without_a_setting_the_native_dialect_is_listened_to():
    assert NATIVE_ROUTES.topic_filters == ("fleet/+/ping",)
    route, name = NATIVE_ROUTES.find("fleet/晋BQ0384/ping")
    assert (type(route.dialect), name) == (Native, "晋BQ0384")


@pytest.mark.parametrize(
    ("pattern", "topic", "found"),
    [
        ("owntracks/+/{vehicle_id}", "owntracks/司机/晋BQ0384", "晋BQ0384"),
        ("owntracks/+/{vehicle_id}", "owntracks/a/b/c", False),
        ("owntracks/+/{vehicle_id}", "owntracks/a", False),
        ("{vehicle_id}/up", "truck/up", "truck"),
        ("{vehicle_id}/up", "/up", ""),
        ("fleet/{vehicle_id}/#", "fleet/truck/a/b", "truck"),
        ("fleet/{vehicle_id}/#", "fleet/truck", "truck"),
        ("fleet/{vehicle_id}/#", "fleet", False),
        ("gateway", "gateway", None),
        ("gateway/#", "gateway", None),
        ("#", "any/thing", None),
        ("#", "$SYS/broker/uptime", False),
        ("+/a", "$SYS/a", False),
        ("$share/a", "$share/a", None),
        ("/sys/{vehicle_id}", "/sys/truck", "truck"),
        ("a/b", "a/c", False),
    ],
)
def test_a_topic_is_taken_as_mqtt_takes_it(pattern, topic, found):
    taken = routes(pattern).find(topic)
    assert (taken[1] if taken else False) == found


def test_topics_are_found_among_several_patterns():
    both = routes("fleet/{vehicle_id}/ping", "gateway/+")
    assert both.topic_filters == ("fleet/+/ping", "gateway/+")
    assert both.find("gateway/x")[1] is None
    assert both.find("elsewhere") is None


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("", "it is empty"),
        ("a/{vehicle_id}/{vehicle_id}", "more than once"),
        ("a/truck-{vehicle_id}", "is no level of it"),
        ("a/{vehicle}", "is no level of it"),
        ("a/#/b", "# stands for all"),
        ("a#", "# stands for all"),
        ("a/b+", r"\+ stands for one"),
        ("a\0b", "NUL"),
        ("x" * 65_536, "65,535"),
    ],
)
def test_a_broken_pattern_is_refused_at_the_start(pattern, told):
    with pytest.raises(SettingError, match=told):
        routes(pattern)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fleet/{vehicle_id}/ping", "fleet/+/+"),
        ("fleet/{vehicle_id}/ping", "#"),
        ("a/#", "a"),
        ("a/+/c", "a/b/{vehicle_id}"),
        ("a", "a"),
    ],
)
def test_patterns_that_can_take_the_same_topic_are_refused(one, other):
    with pytest.raises(SettingError, match="same topic"):
        routes(one, other)
    with pytest.raises(SettingError, match="same topic"):
        routes(other, one)


def test_patterns_that_cannot_are_taken():
    assert len(routes("a/{vehicle_id}", "b/+", "a/+/c", "c/d/#").topic_filters) == 4


def test_no_pattern_at_all_is_refused():
    with pytest.raises(SettingError, match="topics"):
        routes()


def test_an_unknown_dialect_is_told_with_those_that_exist():
    with pytest.raises(
        SettingError, match="'owntrack'; there are ctwing, event, flespi, jt808, native, osmand, "
    ):
        routes_of([("a", "owntrack")])
