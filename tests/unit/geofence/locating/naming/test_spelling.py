"""Spellings of one name meet, and those of two do not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.locating.naming.spelling import (
    differ_in_accents,
    fold,
    has_accents,
    has_han,
    has_word,
    is_word_only,
    simplify,
    without_particles,
    without_word,
    written_out,
)


def meet(one: str, other: str, loosely=lambda spellings: spellings) -> bool:
    return not loosely(written_out(fold(one))).isdisjoint(loosely(written_out(fold(other))))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  RUA   Ceará. ", "rua ceara"),
        ("Ｒｕａ Ceará", "rua ceara"),
        ("Rua Ofaié-Xavante", "rua ofaie xavante"),
        ("C/ Mayor", "c mayor"),
        ("Rua D'Ávila", "rua davila"),
        ("Av.Pres.Vargas", "av pres vargas"),
        ("1º de Maio", "1 de maio"),
        ("云 中 街", "云中街"),
        ("魏都大道(北段)", "魏都大道北段"),
        ("Straße", "strasse"),
        ("。、", ""),
    ],
)
def test_case_width_accents_punctuation_and_space_are_taken_away(written, folded):
    assert fold(written) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_unicode_forms_are_one(text):
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R. Cel. Bento", "Rua Coronel Bento"),
        ("Av. Mal. Deodoro", "Avenida Marechal Deodoro"),
        ("Rua Ten. Dias", "Rua Tenente Dias"),
        ("Pça. da Sé", "Praça da Sé"),
        ("C/ Gral. Perón", "Calle General Perón"),
        ("Avda. 9 de Julio", "Avenida Nueve de Julio"),
        ("Cra. 7", "Carrera Siete"),
        ("W 42nd St", "West 42nd Street"),
        ("N Main St.", "North Main Street"),
        ("St. James Ave", "Saint James Avenue"),
        ("Martin Luther King Jr Blvd", "Martin Luther King Junior Boulevard"),
        ("Rua Dois Mil e Um", "Rua 2001"),
        ("Rua Pedro II", "Rua Pedro Segundo"),
        ("新开西3路", "新开西三路"),
    ],
)
def test_short_words_titles_and_numbers_are_written_out(one, other):
    assert meet(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rua Ceará", "Avenida Ceará"),
        ("Rua Santa Ana", "Rua Santo Ana"),
        ("Rua Dom Pedro", "Rua Dona Pedro"),
        ("Rua 12 de Maio", "Rua 13 de Maio"),
        ("North Main Street", "South Main Street"),
        ("云中街", "云中路"),
        ("清远西街", "清远街"),
    ],
)
def test_other_names_do_not_meet(one, other):
    assert not meet(one, other)
    assert not meet(one, other, without_particles)


def test_small_words_and_spaces_go_but_never_the_whole_name():
    assert meet("Rua Stela Gois", "Rua Stela de Góis", without_particles)
    assert meet("Rua OfaiéXavante", "Rua Ofaié-Xavante", without_particles)
    assert not meet("Rua A", "Rua E", without_particles)
    assert not meet("Rua A", "Rua O", without_particles)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("Rua Nashville", "nashville"),
        ("Main Street", "main"),
        ("Hauptstraße", "haupt"),
        ("向阳东街", "向阳东"),
        ("魏都大道", "魏都"),
        ("迎宾大街", "迎宾"),
    ],
)
def test_the_street_word_is_taken_off_wherever_the_language_puts_it(name, rest):
    assert rest in without_word(written_out(fold(name)))


def test_a_name_without_a_street_word_has_no_rest():
    assert not has_word(written_out("nashville"))
    assert without_word(written_out("向阳东")) == frozenset()
    assert is_word_only(written_out("rua"))
    assert is_word_only(written_out("r"))
    assert not is_word_only(written_out("rua a"))


def test_traditional_characters_become_simplified_in_one_go():
    assert simplify(["臺北路", "Rua A", "大慶路"]) == ["台北路", "Rua A", "大庆路"]


def test_scripts_and_accents_are_told():
    assert has_han("K1路")
    assert not has_han("Rua 1")
    assert has_accents("Guabijú")
    assert not has_accents("Guabiju 街")


def test_names_that_differ_in_accents_alone_are_told():
    assert differ_in_accents(["Rua Guabijú", "Rua Guabiju"])
    assert not differ_in_accents(["Rua Guabijú", "RUA GUABIJÚ", "Rua Guabi"])
    assert not differ_in_accents(["慶雲路", "庆云路"])


def test_a_name_of_many_short_words_does_not_explode():
    assert len(written_out(" ".join(["s"] * 30))) <= 128
