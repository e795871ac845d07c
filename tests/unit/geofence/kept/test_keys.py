"""The same name means the same observation, as all that is read is in it."""

from dataclasses import fields, replace

import numpy as np
import pytest

from geofence.kept import keys
from geofence.kept.keys import RULES_READ, circumstances, key_of
from geofence.matching.matcher import Matcher
from geofence.matching.settings import MatchSettings
from geofence.plan.plan import ServiceRules
from geofence.plan.work import NO_WORK, Work
from geofence.seen.observe import VehicleFixes, fixes_of_fleet, look
from tests.fixtures.driven_fleet import TOWN, fleet

NETWORK = TOWN.network


def one() -> VehicleFixes:
    return fixes_of_fleet(fleet(), NETWORK, NO_WORK)[1]


def shared(**changes) -> bytes:
    given = {"network": NETWORK, "rules": ServiceRules(), "work": NO_WORK, **changes}
    return circumstances(**given)


class ToldRules:
    """Rules that note which of them are asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str):
        self.asked.add(name)
        return getattr(ServiceRules(), name)


def test_every_rule_that_an_observation_depends_on_is_in_its_name():
    rules = ToldRules()
    for each in fixes_of_fleet(fleet(), NETWORK, NO_WORK):
        look(each, Matcher(NETWORK), rules, Work(speeds_kmh=((1, 8.0),)))
    assert rules.asked <= set(RULES_READ)


@pytest.mark.parametrize("name", [each.name for each in fields(VehicleFixes(0, 0, 0).__class__)])
def test_each_part_of_what_a_vehicle_sent_makes_another_name_but_its_id(name):
    known = key_of(shared(), one())
    if name == "vehicle_id":
        assert key_of(shared(), replace(one(), vehicle_id="晋B9")) == known
    elif name == "skewed":
        assert key_of(shared(), replace(one(), skewed=~one().skewed)) != known
    else:
        for column in fields(one().fixes):
            values = getattr(one().fixes, column.name).copy()
            values.view(np.uint8)[0] ^= 1  # the last bit of the first
            other = replace(one(), fixes=replace(one().fixes, **{column.name: values}))
            assert key_of(shared(), other) != known


def test_the_same_fixes_on_the_same_streets_have_the_same_name():
    copied = VehicleFixes("晋B9", one().fixes[np.arange(len(one().fixes.x))], one().skewed.copy())
    assert key_of(shared(), copied) == key_of(shared(), one())


@pytest.mark.parametrize("name", RULES_READ)
def test_a_rule_that_is_read_makes_another_name(name):
    class Other:
        def __getattr__(self, asked: str):
            value = getattr(ServiceRules(), asked)
            return value + 1 if asked == name else value

    assert shared(rules=Other()) != shared()


def test_windows_and_what_else_judges_ask_for_make_no_other_name():
    assert shared(rules=replace(ServiceRules(), grace_min=1.0)) == shared()


def test_other_streets_tasks_settings_code_and_processors_make_other_names(monkeypatch):
    known = shared()
    moved = replace(NETWORK, vertex_x=NETWORK.vertex_x + 1e-9)
    assert shared(network=moved) != known
    assert shared(network=replace(NETWORK, section_oneway=~NETWORK.section_oneway)) != known
    assert shared(work=Work(needs=(1,))) != known
    assert shared(settings=MatchSettings(sigma_m=9.0)) != known
    monkeypatch.setattr(keys, "code_version", lambda: "other")
    keys._made_with.cache_clear()
    assert shared() != known
    monkeypatch.undo()
    monkeypatch.setattr(keys.llvmlite.binding, "get_host_cpu_name", lambda: "other")
    keys._made_with.cache_clear()
    assert shared() != known
    monkeypatch.undo()
    keys._made_with.cache_clear()
    assert shared() == known
