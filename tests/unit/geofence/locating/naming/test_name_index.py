"""A mention finds the name that it spells most tightly, and no other."""

import pytest

from geofence.locating.naming.name_index import NameIndex
from geofence.locating.resolution import Match
from geofence.streetmap.street_map import Names


def index_of(*names: str | Names) -> NameIndex:
    return NameIndex([Names(each) if isinstance(each, str) else each for each in names])


@pytest.mark.parametrize(
    ("mention", "name", "match"),
    [
        ("Rua Ceará", "Rua Ceará", Match.EXACT),
        ("RUA  CEARA.", "Rua Ceará", Match.NORMALISED),
        ("庆云路", "慶雲路", Match.TRADITIONAL),
        ("R. Cel. Bento", "Rua Coronel Bento", Match.ABBREVIATION),
        ("Rua Coronel Bento", "R. Cel. Bento", Match.ABBREVIATION),
        ("Rua Stela Gois", "Rua Stela de Góis", Match.PARTICLES),
        ("Nashville", "Tv. Nashville", Match.WORDLESS),
        ("Rua Imperial", "Imperial", Match.WORDLESS),
        ("向阳东", "向阳东街", Match.WORDLESS),
        ("Weidu Dadao", "魏都大道", Match.PINYIN),
        ("清远西街", "Qingyuan Xijie", Match.PINYIN),
    ],
)
def test_a_mention_is_found_and_how_is_told(mention, name, match):
    found = index_of("Rua Bahia", name, "云中街").find(mention)
    assert found is not None
    assert (found.match, found.numbers) == (match, (1,))


@pytest.mark.parametrize(
    ("mention", "names"),
    [
        ("Marquês de Pombal", ("Rua Marquês de Pombal", "Avenida Marquês de Pombal")),
        ("Yongning Jie", ("永宁街", "咏宁街")),
        ("Rua D. Maria", ("Rua Dom Maria", "Rua Dona Maria")),
        ("R. Joao Silva", ("Rua João Silva", "Rua João da Silva")),
        ("向阳", ("向阳街", "向阳路")),
    ],
)
def test_of_names_that_fit_equally_well_none_is_found_and_all_are_told(mention, names):
    found = index_of(*names).find(mention)
    assert found is not None
    assert found.numbers == ()
    assert set(found.rivals) == set(names)


@pytest.mark.parametrize(
    ("mention", "name"),
    [
        ("Avenida Ceará", "Rua Ceará"),
        ("清远街", "清远西街"),
        ("永宁街", "咏宁街"),
        ("迎宾街", "迎宾路"),
        ("Rua Bahia", "Rua Bahias"),
        ("", "Rua A"),
        ("Rua", "Rua A"),
        ("路", "云中路"),
    ],
)
def test_what_is_only_alike_is_not_found(mention, name):
    assert index_of(name).find(mention) is None


def test_a_main_name_comes_before_another_name_of_another_street():
    index = index_of(Names("Rua da Orquestra", ("Rua Angélica",)), "Rua Angélica")
    found = index.find("Rua Angelica")
    assert found is not None
    assert found.numbers == (1,)


def test_every_other_name_is_a_name():
    index = index_of(Names("魏都大道", ("Weidu Avenue", "旧城路")))
    for mention in ("Weidu Ave", "旧城路"):
        found = index.find(mention)
        assert found is not None
        assert found.numbers == (0,)


def test_an_exact_name_is_not_doubted_for_a_longer_one():
    found = index_of("Rua João Silva", "Rua João da Silva").find("Rua João Silva")
    assert found is not None
    assert found.numbers == (0,)


def test_spellings_of_one_name_are_found_together_and_the_exact_one_is_told():
    index = index_of("Av. Ministro Arinos", "Avenida Ministro Arinos", "Avenida Ministro")
    found = index.find("Avenida Ministro Arinos")
    assert found is not None
    assert (found.numbers, found.exact) == ((0, 1), (1,))


def test_who_writes_no_accents_may_mean_the_name_that_has_them():
    index = index_of("Rua Guabiju", "Rua Guabijú")
    plain, accented = index.find("Rua Guabiju"), index.find("Rua Guabijú")
    assert plain is not None
    assert accented is not None
    assert plain.exact == (0, 1)
    assert accented.exact == (1,)


def test_without_looseness_a_missing_word_and_pinyin_do_not_count():
    index = index_of("向阳东街")
    assert index.find("向阳东", loosely=False) is None
    assert index.find("Xiangyang Dongjie", loosely=False) is None


def test_a_slip_in_pinyin_is_suggested_what_sounds_most_like_it():
    index = index_of("魏都大道", "云中街")
    assert index.find("Weidou Dadoa") is None
    assert index.suggestions("Weidu Dadoa")[0] == "魏都大道"


def test_suggestions_begin_with_the_same_core_or_sound():
    index = index_of("清远西街", "迎宾路", "咏宁街", "清远街")
    assert index.suggestions("迎宾街")[0] == "迎宾路"
    assert index.suggestions("永宁街")[0] == "咏宁街"
    assert "清远街" in index.suggestions("清远路")
