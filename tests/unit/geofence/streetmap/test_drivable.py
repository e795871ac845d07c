"""Which ways are streets: the rule, how it is printed, and how a file changes it."""

import pytest

from geofence.streetmap.drivable import DrivableRules, changed_rules, read_drivable_rules
from geofence.streetmap.fault import StreetMapError

RULES = DrivableRules()


@pytest.mark.parametrize(
    "tags",
    [
        "highway=residential",
        "highway=motorway_link",
        "highway=service",
        "highway=service service=alley",
        "highway=living_street access=destination",
        "highway=residential access=customers",
        "highway=service access=no motor_vehicle=yes",
        "highway=service access=private motor_vehicle=destination",
        "highway=service access=private vehicle=permissive",
        "highway=residential access=no hgv=delivery",
        "highway=residential hgv=no",
        "highway=residential access=private;delivery",
        "highway=residential access=unknown",
        "highway=pedestrian motor_vehicle=delivery",
        "highway=track vehicle=yes",
        "highway=residential area=no",
        "highway=residential railway=tram",
    ],
)
def test_streets(tags):
    assert RULES.reason_against(tags_in(tags)) is None


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("highway=footway", "highway=footway"),
        ("highway=cycleway motor_vehicle=yes", "highway=cycleway"),
        ("highway=steps", "highway=steps"),
        ("highway=construction construction=primary", "highway=construction"),
        ("highway=proposed", "highway=proposed"),
        ("highway=pedestrian", "highway=pedestrian"),
        ("highway=pedestrian access=yes", "highway=pedestrian"),
        ("highway=track motor_vehicle=agricultural", "highway=track"),
        ("highway=pedestrian area=yes motor_vehicle=yes", "area=yes"),
        ("highway=residential route=ferry", "route=ferry"),
        ("highway=residential access=no", "access=no"),
        ("highway=residential access=private", "access=private"),
        ("highway=residential access=yes motor_vehicle=no", "motor_vehicle=no"),
        ("highway=residential vehicle=private", "vehicle=private"),
        ("highway=residential access=no hgv=no", "access=no"),
        ("highway=residential access=no;private", "access=no;private"),
        ("highway=service service=driveway", "service=driveway"),
        ("highway=service service=parking_aisle", "service=parking_aisle"),
        ("highway=service service=drive-through", "service=drive-through"),
        ("highway=service service=driveway access=yes", "service=driveway"),
    ],
)
def test_what_is_no_street_and_why(tags, reason):
    assert RULES.reason_against(tags_in(tags)) == reason


def tags_in(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


def test_the_rule_is_printed_with_the_keys_that_change_it():
    text = "\n".join(RULES.describe())
    assert "residential" in text
    for key in ("highway", "highway_if_open", "open_access", "exclude_access", "exclude_service"):
        assert f"[{key}]" in text
    assert "include_ways" not in text
    ways = changed_rules({"include_ways": [12, 13], "exclude_ways": [14]}, "a.toml")
    assert ways.describe()[-2:] == (
        "always the ways 12, 13 [include_ways]", "never the ways 14 [exclude_ways]",
    )  # fmt: skip


def test_a_file_changes_the_rule(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('[drivable]\nexclude_access = ["-private"]\nhighway = ["+track"]\n')
    rules = read_drivable_rules(path)
    assert rules.reason_against(tags_in("highway=service access=private")) is None
    assert rules.reason_against(tags_in("highway=service access=no")) == "access=no"
    assert rules.reason_against(tags_in("highway=track")) is None
    assert rules.reason_against(tags_in("highway=residential")) is None


def test_a_list_of_words_replaces_the_default():
    rules = changed_rules({"highway": ["residential"], "exclude_service": []}, "a.toml")
    assert rules.reason_against(tags_in("highway=primary")) == "highway=primary"
    assert rules.reason_against(tags_in("highway=residential service=driveway")) is None


def test_bans_on_lorries_count_where_the_rule_says_so():
    rules = changed_rules({"access_keys": ["hgv", "access"], "opening_keys": []}, "a.toml")
    assert rules.reason_against(tags_in("highway=residential hgv=no")) == "hgv=no"


def test_a_table_may_change_a_changed_rule():
    first = changed_rules({"highway": ["+track"]}, "a.toml")
    assert "track" in changed_rules({"exclude_service": []}, "b.toml", first).highway


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"higway": []}, "a.toml: drivable.higway: is no key of the rule, maybe highway is meant"),
        ({"highway": "track"}, "a.toml: drivable.highway = 'track': must be a list of words"),
        ({"highway": [3]}, "a.toml: drivable.highway: 3: is no word"),
        ({"highway": [""]}, "is no word"),
        ({"highway": ["residental"]}, "'residental': is no class of road of OpenStreetMap, maybe"),
        ({"exclude_access": ["+a", "b"]}, "must begin all its words with + or -"),
        ({"exclude_access": ["-privat"]}, "takes away what is not there, maybe private is meant"),
        ({"include_ways": ["12"]}, "drivable.include_ways: '12': is no number of a way"),
        ({"include_ways": 12}, "must be a list of numbers of ways"),
        ([], "drivable = []: must be a table"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_named_with_file_key_and_value(table, says):
    with pytest.raises(StreetMapError) as error:
        changed_rules(table, "a.toml")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"highway = []", "has no table [drivable]"),
        (b"[drivable", "is not TOML"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_file_that_holds_no_rule(tmp_path, data, says):
    path = tmp_path / "a.toml"
    path.write_bytes(data)
    with pytest.raises(StreetMapError) as error:
        read_drivable_rules(path)
    assert str(error.value).startswith(f"{path}: ")
    assert says in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StreetMapError, match="No such file"):
        read_drivable_rules(tmp_path / "a.toml")
