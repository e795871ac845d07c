"""The names that look most like another one."""

from geofence.locating.naming.likeness import Likeness


def test_the_likest_names_come_first_and_the_unlike_ones_not_at_all():
    likeness = Likeness(["Rua Ceará", "Rua Cearense", "Rua Bahia", "Avenida Mato Grosso"])
    assert likeness.nearest("Rua Cearà do Norte")[0] == "Rua Ceará"
    assert "Avenida Mato Grosso" not in likeness.nearest("Rua Cearà")
    assert likeness.nearest("xyzzy") == ()


def test_chinese_names_are_compared_by_characters_traditional_or_not():
    likeness = Likeness(["清遠西街", "清远街", "云中街"])
    assert likeness.nearest("清远西路") == ("清遠西街", "清远街")


def test_the_name_itself_is_no_suggestion_and_a_name_is_given_once():
    likeness = Likeness(["云中街", "云中路", "云中路"])
    assert likeness.nearest("云中街") == ("云中路",)


def test_what_a_great_many_names_share_tells_nothing():
    names = [f"Rua {number:06d}" for number in range(6000)] + ["Rua Ceará"]
    assert Likeness(names).nearest("Rua Ceara")[0] == "Rua Ceará"


def test_names_may_be_compared_by_another_spelling():
    likeness = Likeness(["魏都大道", "云中街"], ["weidudadao", "yunzhongjie"])
    assert likeness.nearest("weidudado") == ("魏都大道",)


def test_there_may_be_no_names():
    assert Likeness([]).nearest("云中街") == ()
