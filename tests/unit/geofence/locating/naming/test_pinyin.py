"""A Chinese name is found by any of its readings, in any way of writing them."""

import pytest

from geofence.locating.naming.pinyin import readings, romanised, usual_reading


def test_all_readings_of_every_character_count():
    assert {"weidudadao", "weidoudadao"} <= readings("魏都大道")
    assert {"chongqinglu", "zhongqinglu"} <= readings("重庆路")


@pytest.mark.parametrize(
    "mention",
    [
        "Weidu Dadao",
        "WEI DU DA DAO",
        "Wèidū Dàdào",
        "wei4 du1 da4 dao4",
        "wei'du dadao",
        "weidudadao",
    ],
)
def test_tones_spaces_case_and_apostrophes_do_not_matter(mention):
    assert not readings("魏都大道").isdisjoint(romanised(mention))


@pytest.mark.parametrize("mention", ["Lüse Lu", "lv se lu", "Lyuse Lu", "LǛSE LU"])
def test_u_with_dots_is_written_in_many_ways(mention):
    assert not readings("绿色路").isdisjoint(romanised(mention))


@pytest.mark.parametrize(
    ("mention", "name"),
    [("Xihuan Road", "西环路"), ("Yingbin St", "迎宾街"), ("Weidu Avenue", "魏都大道")],
)
def test_signs_put_foreign_street_words_for_chinese_ones(mention, name):
    assert not readings(name).isdisjoint(romanised(mention))


def test_the_usual_reading_is_one_of_all():
    assert usual_reading("魏都大道") in readings("魏都大道")
    assert usual_reading("K1路") == "k1lu"


def test_digits_in_a_name_are_no_tones():
    assert "k1lu" in readings("K1路")
    assert "k12lu" in romanised("K12 Lu")


def test_a_long_name_of_many_readings_does_not_explode():
    assert len(readings("行" * 40)) <= 256
