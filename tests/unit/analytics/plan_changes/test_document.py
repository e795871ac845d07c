import json

from analytics.plan_changes.document import document_of
from analytics.plan_changes.effects import DayEffect, Turned
from analytics.wording.words import Language
from geofence.difference.comparison import compare
from tests.fixtures.changed_towns import BEFORE, plan_of
from tests.fixtures.town import MONDAY, street


def test_it_has_versions_changes_and_sentences_and_is_json():
    after = plan_of(street("永泰南路", (0, 900), (1200, 900)))
    found = json.loads(json.dumps(document_of(compare(BEFORE, after), (), Language.EN)))
    assert (found["old"]["version"], found["new"]["version"]) == (BEFORE.version, after.version)
    (change,) = found["changes"]
    assert (change["kind"], change["grid"], change["subject"]) == ("street_new", "JY01", "永泰南路")
    assert (round(change["gained_m"]), change["is_judged"]) == (1200, True)
    assert found["sentences"] == [{"grid": "JY01", "sentences": ["gains 1.2 km: 永泰南路"]}]
    assert (found["headline"][:6], found["effects"]) == ("1 grid", [])


def test_effects_are_in_it_whole():
    turned = Turned(MONDAY, "JY01", "07:00-10:00", "云中街", "served", "late")
    effect = DayEffect(MONDAY, {"served": 1}, {"late": 1}, (turned,), 10)
    found = document_of(compare(BEFORE, BEFORE), [effect], Language.ZH)["effects"]
    assert json.loads(json.dumps(found)) == [
        {
            "service_date": "2022-03-28", "ping_count": 10, "before": {"served": 1},
            "after": {"late": 1},
            "turned": [
                {
                    "service_date": "2022-03-28", "grid_id": "JY01", "window": "07:00-10:00",
                    "street": "云中街", "before": "served", "after": "late",
                    "was": None,
                }
            ],
        }
    ]  # fmt: skip
