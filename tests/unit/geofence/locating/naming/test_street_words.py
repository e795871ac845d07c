"""The tables of words are in the form in which they are looked up."""

from geofence.locating.naming.spelling import fold
from geofence.locating.naming.street_words import (
    CHINESE_WORDS,
    GLUED_WORDS,
    PARTICLES,
    SHORT_FORMS,
    WORDS,
)


def test_every_entry_is_folded():
    entries = {*WORDS, *PARTICLES, *SHORT_FORMS, *GLUED_WORDS}
    entries |= {meaning for meanings in SHORT_FORMS.values() for meaning in meanings}
    assert [entry for entry in entries if fold(entry) != entry] == []


def test_no_short_form_stands_for_nothing_else_and_no_word_is_a_particle():
    assert [short for short, meanings in SHORT_FORMS.items() if not {*meanings} - {short}] == []
    assert not WORDS & PARTICLES


def test_a_longer_chinese_word_comes_before_one_that_it_ends_with():
    for at, word in enumerate(CHINESE_WORDS):
        assert not any(longer.endswith(word) for longer in CHINESE_WORDS[at + 1 :])
