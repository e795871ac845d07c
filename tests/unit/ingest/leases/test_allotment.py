from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ingest.leases.allotment import allot, quotas

SHARES = range(17)
MEMBERS = st.sets(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=6)


def settled(members, holders):
    """Let the members take turns until nothing moves any more; give the holders then."""
    holders = dict(holders)
    for _ in range(4):
        for member in sorted(members):
            new, surplus = allot(member, SHARES, members, holders)
            assert all(holders.get(share) not in members for share in new)
            assert all(holders.get(share) == member for share in surplus)
            holders.update(dict.fromkeys(new, member))
            holders = {share: one for share, one in holders.items() if share not in surplus}
    return holders


@given(MEMBERS, st.dictionaries(st.sampled_from(SHARES), st.text("abcxyz", max_size=2)))
def test_in_the_end_every_share_has_one_holder_and_no_two_members_differ_by_more_than_one(
    members, holders
):
    found = settled(members, holders)
    assert sorted(found) == list(SHARES)
    counts = Counter(found.values())
    assert set(counts) <= members
    most, least = max(counts.values()), min(counts.get(member, 0) for member in members)
    assert most - least <= 1


@given(MEMBERS)
def test_what_is_settled_stays_as_it_is(members):
    found = settled(members, {})
    assert all(
        allot(member, SHARES, members, found) == (frozenset(), frozenset()) for member in members
    )


def test_when_one_ends_the_others_keep_what_they_have():
    before = settled({"a", "b", "c", "d"}, {})
    after = settled({"a", "b", "c"}, before)
    assert all(after[share] == holder for share, holder in before.items() if holder != "d")


def test_who_is_not_alive_holds_nothing():
    assert allot("a", SHARES, {"a"}, dict.fromkeys(SHARES, "dead"))[0] == frozenset(SHARES)


def test_nobody_gets_a_part_where_nobody_is():
    assert quotas(17, [], {}) == {}
