from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.dashboard.state.state_changes import Changes


def window(key, state):
    return {"key": key, "state": state}


def stretch(key, section, from_m):
    return {"key": key, "section": section, "from_m": from_m}


def lost(key, section):
    return {"key": key, "section": section}


def both(earlier: Changes, later: Changes) -> Changes:
    found = replace(earlier)
    found.add(later)
    return found


def test_of_a_window_the_latest_news_counts():
    found = both(
        Changes(windows=[window("甲", "on_track"), window("乙", "on_track")]),
        Changes(windows=[window("甲", "at_risk")]),
    )
    assert found.windows == [window("甲", "at_risk"), window("乙", "on_track")]


def test_of_a_street_the_latest_news_counts():
    found = both(
        Changes(streets=[window("甲|云中街", "on_track")]),
        Changes(streets=[window("甲|支路", "late"), window("甲|云中街", "served")]),
    )
    assert found.streets == [window("甲|云中街", "served"), window("甲|支路", "late")]


def test_a_stretch_that_is_taken_back_later_is_not_told():
    found = both(
        Changes(served=[stretch("甲", 1, 0), stretch("甲", 2, 0), stretch("乙", 1, 0)]),
        Changes(unserved=[lost("甲", 1)]),
    )
    assert found.served == [stretch("甲", 2, 0), stretch("乙", 1, 0)]
    assert found.unserved == [lost("甲", 1)]


def test_what_is_left_of_a_section_taken_back_is_told():
    found = both(
        Changes(served=[stretch("甲", 1, 0)]),
        Changes(unserved=[lost("甲", 1)], served=[stretch("甲", 1, 30)]),
    )
    assert found.served == [stretch("甲", 1, 30)]


def test_what_is_served_again_after_a_loss_is_told():
    found = both(Changes(unserved=[lost("甲", 1)]), Changes(served=[stretch("甲", 1, 0)]))
    assert (found.unserved, found.served) == ([lost("甲", 1)], [stretch("甲", 1, 0)])


class Page:
    """What a reader knows that applies changes as docs/live.md tells: losses first."""

    def __init__(self):
        self.documents, self.stretches = {}, []

    def apply(self, changes: Changes) -> "Page":
        gone = [(each["key"], each["section"]) for each in changes.unserved]
        kept = [each for each in self.stretches if (each["key"], each["section"]) not in gone]
        self.stretches = kept + changes.served
        for each in changes.windows:
            self.documents["window", each["key"]] = each
        for each in changes.streets:
            self.documents["street", each["key"]] = each
        return self


KEYS, SECTIONS = st.sampled_from("甲乙"), st.integers(1, 2)
DOCS = st.lists(st.builds(window, KEYS, st.sampled_from(["on_track", "late"])), max_size=3)
CHANGES = st.builds(
    Changes,
    windows=DOCS,
    streets=DOCS,
    unserved=st.lists(st.builds(lost, KEYS, SECTIONS), max_size=2),
    served=st.lists(st.builds(stretch, KEYS, SECTIONS, st.integers(0, 9)), max_size=4),
)


@settings(max_examples=60)
@given(news=st.lists(CHANGES, min_size=1, max_size=4))
def test_changes_put_together_lead_where_they_lead_one_by_one(news):
    page = Page()
    for each in news:
        page.apply(each)
    whole = Changes()
    for each in news:
        whole.add(each)
    at_once = Page().apply(whole)
    assert (at_once.documents, at_once.stretches) == (page.documents, page.stretches)
