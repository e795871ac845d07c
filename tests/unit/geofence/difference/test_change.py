import pytest

from geofence.difference.change import CHANGE_MEANINGS, UNJUDGED, Change, ChangeKind


def test_what_was_added_and_removed_keeps_its_order():
    change = Change(ChangeKind.VEHICLES, "JY01", before=("a", "b", "c"), after=("d", "b", "e"))
    assert (change.added, change.removed) == (("d", "e"), ("a", "c"))


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_kind_has_a_meaning_and_is_judged_or_not(kind):
    assert CHANGE_MEANINGS[kind].endswith(".")
    assert Change(kind).is_judged == (kind not in UNJUDGED)
