import pytest

from analytics.plan_changes import phrases
from analytics.wording.words import Language
from geofence.difference.change import ChangeKind


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_change_is_said_in_every_language(kind, language):
    assert phrases.PHRASES[kind][language]


@pytest.mark.parametrize(
    "name", [name for name, value in vars(phrases).items() if name.isupper() and name != "PHRASES"]
)
def test_every_word_beside_them_too(name):
    words = getattr(phrases, name)
    if isinstance(words, dict) and set(words) & set(Language):
        assert set(words) == set(Language)
