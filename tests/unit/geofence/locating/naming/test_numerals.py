"""A number in a name is the same whether in digits, in words, Roman or Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.locating.naming.numerals import roman, with_chinese_numbers, with_numbers


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("treze", 13),
        ("trece", 13),
        ("thirteen", 13),
        ("vinte e um", 21),
        ("treinta y dos mil", None),
        ("twenty first", 21),
        ("cento e vinte e cinco", 125),
        ("dois mil e um", 2001),
        ("mil", 1000),
        ("veintidos", 22),
        ("1st", 1),
        ("2nd", 2),
        ("1a", 1),
        ("007", 7),
        ("primeira", 1),
    ],
)
def test_words_of_a_number_become_one_word_of_digits(words, number):
    if number is None:
        assert with_numbers(words.split())[0] == "#30"
    else:
        assert with_numbers(words.split()) == [f"#{number}"]


def test_numbers_beside_each_other_stay_apart_and_words_stay_words():
    assert with_numbers(["rua", "13", "de", "maio"]) == ["rua", "#13", "de", "maio"]
    assert with_numbers(["tres", "e", "quatro"]) == ["#3", "e", "#4"]
    assert with_numbers(["sete", "setembro"]) == ["#7", "setembro"]
    assert with_numbers([]) == []


def test_an_and_at_the_end_belongs_to_no_number():
    assert with_numbers(["vinte", "e"]) == ["#20", "e"]


@pytest.mark.parametrize(("word", "number"), [("ii", 2), ("xv", 15), ("xxiii", 23), ("ix", 9)])
def test_a_roman_numeral_of_two_letters_or_more_is_read(word, number):
    assert roman(word) == number


@pytest.mark.parametrize("word", ["i", "x", "iiii", "civil", "mil", "vx", ""])
def test_single_letters_and_words_are_no_roman_numerals(word):
    assert roman(word) is None


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("新开西三路", "新开西3路"),
        ("三十二路", "32路"),
        ("十路", "10路"),
        ("二〇三街", "203街"),
        ("一百零五弄", "105弄"),
        ("云中街", "云中街"),
    ],
)
def test_chinese_numerals_become_digits(name, digits):
    assert with_chinese_numbers(name) == digits


@given(st.lists(st.sampled_from(["um", "vinte", "e", "mil", "cento", "rua", "13", "dois"])))
def test_no_word_that_is_no_number_is_lost(words):
    found = with_numbers(words)
    assert found.count("rua") == words.count("rua")
    assert len(found) <= len(words)
