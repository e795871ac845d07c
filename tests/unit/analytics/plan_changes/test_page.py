import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given

from analytics.plan_changes.effects import DayEffect
from analytics.plan_changes.page import write_page
from analytics.verdicts.verdict import Verdict
from analytics.wording.words import Language
from geofence.difference.comparison import compare
from tests.fixtures.changed_towns import BEFORE, plan_of
from tests.fixtures.hostile_names import NAMES
from tests.fixtures.town import MONDAY, street

LONGER = plan_of(street("永泰南路", (0, 900), (1200, 900)))


class Seen(HTMLParser):
    """The tags and the text of a page, scripts and styles left out."""

    def __init__(self, page: bytes):
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self._is_code = False
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.tags.append(tag)
        self._is_code = tag in {"script", "style"}

    def handle_endtag(self, tag):  # noqa: ARG002
        self._is_code = False

    def handle_data(self, data):
        self.text += "" if self._is_code else data


def page(after, language=Language.EN, effects=()):
    return write_page(compare(BEFORE, after), effects, language)


@pytest.mark.parametrize(
    ("language", "told"),
    [(Language.ZH, ["增加 1.2 km：永泰南路", "变化"]), (Language.EN, ["gains 1.2 km", "Changes"])],
)
def test_sentences_stand_beside_the_map_in_either_language(language, told):
    seen = Seen(page(LONGER, language))
    assert all(each in seen.text for each in told)
    assert seen.tags.count("svg") > 1  # the map, and its legend


def test_it_asks_nobody_for_anything():
    text = page(LONGER).decode()
    assert re.findall(r"(?:src|href)=|url\(|@import", text) == []
    assert set(re.findall(r"https?://[^\"\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text


def test_what_it_would_have_changed_stands_below():
    none = {verdict.value: 0 for verdict in Verdict}
    seen = Seen(page(LONGER, effects=[DayEffect(MONDAY, none, none, (), 100)]))
    assert "Had the new plan been in force" in seen.text


def test_plans_that_say_the_same_say_so():
    assert "the two plans say the same" in Seen(page(BEFORE)).text


@given(NAMES)
def test_names_are_only_names(name):
    plain = Seen(page(plan_of(replace(BEFORE.sections[0], name="x路"), name="x")))
    seen = Seen(page(plan_of(replace(BEFORE.sections[0], name=f"{name}路"), name=f"{name}x")))
    assert sorted(seen.tags) == sorted(plain.tags)
