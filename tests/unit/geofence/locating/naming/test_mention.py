"""What a mention may speak of, in three scripts of notices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.locating.naming.mention import MIDDLE, UNKNOWN_SIDE, Reading, readings
from geofence.locating.resolution import MentionKind

STREET, PART, RANGE = MentionKind.STREET, MentionKind.PART, MentionKind.RANGE
CONTINUATION, BRANCH, AROUND = (
    MentionKind.CONTINUATION,
    MentionKind.BRANCH,
    MentionKind.AROUND,
)


@pytest.mark.parametrize(
    ("mention", "reading"),
    [
        ("兴和街北段", Reading(PART, "兴和街", side="north")),
        ("魏都大道（中段）", Reading(PART, "魏都大道", side=MIDDLE)),
        ("惠民A段", Reading(PART, "惠民", side=UNKNOWN_SIDE)),
        ("西环路北延", Reading(CONTINUATION, "西环路", side="north")),
        ("西环路西延长线", Reading(CONTINUATION, "西环路", side="west")),
        ("御河西路北延伸", Reading(CONTINUATION, "御河西路", side="north")),
        ("向阳东延单线", Reading(CONTINUATION, "向阳", side="east")),
        ("永泰南路(九州—七里村)", Reading(RANGE, "永泰南路", ends=("九州", "七里村"))),
        ("永泰路自九州至七里村段", Reading(RANGE, "永泰路", ends=("九州", "七里村"))),
        ("迎宾街魏都大道至御河西路段", Reading(RANGE, "迎宾街", ends=("魏都大道", "御河西路"))),
        ("云中街(甲路到乙路)", Reading(RANGE, "云中街", ends=("甲路", "乙路"))),
        ("北岳路支路", Reading(BRANCH, "北岳路")),
        ("北环路支路3", Reading(BRANCH, "北环路", number=3)),
        ("北环路(北环路支路)", Reading(BRANCH, "北环路")),
        ("十校周边道路", Reading(AROUND, "十校")),
        ("铁路小区外围", Reading(AROUND, "铁路小区")),
        ("柳林园周边路", Reading(AROUND, "柳林园")),
        ("游泳馆T型路", Reading(MentionKind.PLACE, "游泳馆")),
        ("迎泽东西街", Reading(MentionKind.PAIR, "迎泽东街", "迎泽西街")),
        ("Rua Ceará, da Rua A até a Rua B", Reading(RANGE, "Rua Ceará", ends=("Rua A", "Rua B"))),
        ("Rua Ceará entre Av. X e R. Y", Reading(RANGE, "Rua Ceará", ends=("Av. X", "R. Y"))),
        ("Calle 5 entre Cra. 7 y Cra. 9", Reading(RANGE, "Calle 5", ends=("Cra. 7", "Cra. 9"))),
        ("Av. Brasil (da R. 1 à R. 2)", Reading(RANGE, "Av. Brasil", ends=("R. 1", "R. 2"))),
        ("Main St from 1st Ave to 3rd Ave", Reading(RANGE, "Main St", ends=("1st Ave", "3rd Ave"))),
        ("Main St between A St and B St", Reading(RANGE, "Main St", ends=("A St", "B St"))),
        ("Rua A (Rua B - Rua C)", Reading(RANGE, "Rua A", ends=("Rua B", "Rua C"))),
        ("Avenida X, trecho sul", Reading(PART, "Avenida X", side="south")),
        ("Rua Ceará (norte)", Reading(PART, "Rua Ceará", side="north")),
        ("north part of Main St", Reading(PART, "Main St", side="north")),
        ("Prolongamento da Rua X", Reading(CONTINUATION, "Rua X")),
        ("side streets of Main St", Reading(BRANCH, "Main St")),
        ("entorno da Praça Ari Coelho", Reading(AROUND, "Praça Ari Coelho")),
        ("Rua Ceará - Centro", Reading(STREET, "Rua Ceará", near="Centro")),
        ("Rua Ceará (Vila Nova)", Reading(STREET, "Rua Ceará", near="Vila Nova")),
    ],
)
def test_a_mention_is_taken_apart(mention, reading):
    plain, *others = readings(mention)
    assert plain.kind is STREET
    assert others[0] == reading


@pytest.mark.parametrize(
    "mention", ["云中街", "Rua Norte", "Rua do Sul", "W Main St", "Rua João da Silva", "苹果园"]
)
def test_a_plain_name_has_one_reading(mention):
    assert [reading.kind for reading in readings(mention)] == [STREET]


def test_a_direction_before_an_extension_may_be_the_streets_or_the_extensions():
    _, one, other = readings("操场城西延")
    assert (one.name, one.side) == ("操场城", "west")
    assert (other.name, other.side) == ("操场城西", "")


def test_a_very_long_mention_is_a_name_or_nothing():
    assert len([*readings("甲(乙" * 5000)]) == 1


@given(st.text(max_size=60))
def test_whatever_is_written_has_a_reading_as_a_street_first(text):
    assert next(readings(text)).kind is STREET


def test_a_street_may_have_the_word_of_a_range_in_its_name():
    found = list(readings("Rua Entre Rios entre Rua A e Rua B"))
    assert Reading(RANGE, "Rua Entre Rios", ends=("Rua A", "Rua B")) in found
