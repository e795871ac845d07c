import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.notice.latin_streets import is_range, is_street_name, names_in


@pytest.mark.parametrize(
    "name",
    ["Rua Goiás", "R. Goiás", "Av. Afonso Pena", "AVENIDA BRASIL", "Pça. da Sé", "Praça da Sé",
     "Rod. BR-163", "BR-163", "Calle 5", "Cra. 7", "Paseo de la Reforma", "Main St", "Main St.",
     "5th Avenue N", "St. John's Road", "Travessa do Comércio"],
)  # fmt: skip
def test_a_name_with_a_street_word_in_its_place_is_a_streets(name):
    assert is_street_name(name)


@pytest.mark.parametrize(
    "name",
    ["Rua", "Feira Central", "Mercado da Rua", "Jardim dos Estados", "St", "南关", "苹果园", ""],
)
def test_a_place_or_a_word_alone_is_none(name):
    assert not is_street_name(name)


@pytest.mark.parametrize(
    "text",
    ["entre A e B", "entre Rua A e Rua B", "entre A y B", "between A and B", "da Rua A até a Rua B",
     "de Rua A a Rua B", "desde A hasta B", "from A to B", "trecho entre A e B",
     "Av. X entre Rua A e Rua B", "Oak St between A St and B St", "Rua X desde A até B"],
)  # fmt: skip
def test_a_range_may_be_said_in_words(text):
    assert is_range(text)


@pytest.mark.parametrize(
    "text",
    ["Centro", "lado norte", "Rua Entre Rios", "Rua da Paz", "Rua Sete de Setembro", "东口",
     "de segunda a sexta", "de 8 a 12 hs", "entre", "de A até "],
)  # fmt: skip
def test_a_quarter_a_side_or_a_name_is_no_range(text):
    assert not is_range(text)


@pytest.mark.parametrize(
    ("mention", "names"),
    [
        ("Rua Goiás / Rua Autonomista", ["Rua Goiás", "Rua Autonomista"]),
        ("Rua Goiás/Av. Brasil/Rua Acre", ["Rua Goiás", "Av. Brasil", "Rua Acre"]),
        ("Rua Goiás e Rua Autonomista", ["Rua Goiás", "Rua Autonomista"]),
        ("Main St and 2nd Ave", ["Main St", "2nd Ave"]),
        ("Rua Rio e Mar", ["Rua Rio e Mar"]),
        ("Calle Ortega y Gasset", ["Calle Ortega y Gasset"]),
        ("Rua 3/4", ["Rua 3/4"]),
        ("Av. X entre Rua A e Rua B", ["Av. X entre Rua A e Rua B"]),
    ],
)
def test_whole_names_alone_are_parted(mention, names):
    assert names_in(mention) == names


@given(st.text("RuaAv. eyStbr/-12entre ", max_size=40))
def test_each_part_of_any_text_is_a_whole_name_or_the_text_itself(text):
    parts = names_in(text)
    assert parts == [text] or all(map(is_street_name, parts))


def test_a_cell_full_of_words_for_ranges_is_no_range():
    text = "Rua X " + "entre A " * 4000
    assert not is_range(text)
    assert names_in(text) == [text]
