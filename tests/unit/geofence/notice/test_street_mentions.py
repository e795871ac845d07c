import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.notice.decision import DecisionCode
from geofence.notice.street_mentions import read_streets


def codes(cell: str) -> list[str]:
    return [finding.code.value for finding in read_streets(cell).findings]


@pytest.mark.parametrize("separator", ["、", ",", "\uff0c", ";", "\uff1b", "\n", " , ", "。"])
def test_every_separator_of_the_notice_splits_streets(separator):
    assert read_streets(f"云中街{separator}滨河路").streets == ("云中街", "滨河路")


def test_plain_streets_need_no_decision():
    assert codes("云中街、操场城西路,魏都大道") == []


def test_a_slash_between_direction_pairs_makes_two_streets():
    assert read_streets("迎泽南北/东西街").streets == ("迎泽南北街", "迎泽东西街")
    assert codes("迎泽南北/东西街") == ["street_shorthand"]


def test_a_direction_pair_without_a_slash_is_one_street():
    assert read_streets("康乐东西街").streets == ("康乐东西街",)
    assert codes("康乐东西街") == ["direction_pair_kept"]


@pytest.mark.parametrize(
    ("mention", "streets"),
    [
        ("新开西三路/四路", ("新开西三路", "新开西四路")),
        ("新开三/四/五路", ("新开三路", "新开四路", "新开五路")),
        ("新开西三路/东四路", ("新开西三路", "新开东四路")),
        ("新开十二路/十三路", ("新开十二路", "新开十三路")),
        ("安西南/北街", ("安西南街", "安西北街")),
        ("同泉路/同泉街", ("同泉路", "同泉街")),
        ("柳泉/武定街", ("柳泉街", "武定街")),
    ],
)
def test_a_slash_shorthand_is_written_out(mention, streets):
    assert read_streets(mention).streets == streets


@pytest.mark.parametrize("mention", ["柳泉街/四路", "/四路", "柳泉/四", "东街/西街", "柳泉街/"])
def test_a_slash_that_cannot_be_written_out_is_kept_and_told(mention):
    assert read_streets(mention).streets == (mention,)
    assert codes(mention) == ["slash_kept"]


@pytest.mark.parametrize(
    ("mention", "street"),
    [
        ("永泰南路(九州一七里村)", "永泰南路(九州—七里村)"),
        ("永泰南路(九州一政府南)", "永泰南路(九州—政府南)"),
        ("北环路(文二路-北环路)", "北环路(文二路—北环路)"),
        ("北环路(文二路—北环路)", "北环路(文二路—北环路)"),
        ("北环路(从东关至西关)", "北环路(东关—西关)"),
    ],
)
def test_a_range_is_one_street_with_its_ends_kept(mention, street):
    assert read_streets(mention).streets == (street,)
    assert codes(mention) == ["street_range"]


@pytest.mark.parametrize(
    "inside", ["北环路支路", "十一中", "统一街一带一路口", "甲-乙-丙", "东口、西口"]
)
def test_a_remark_in_brackets_that_is_no_range_stays_in_the_name_of_one_street(inside):
    mention = f"北环路({inside})"
    assert read_streets(mention).streets == (mention,)
    assert codes(mention) == ["bracket_kept"]


def test_separators_within_brackets_do_not_split():
    assert read_streets("北环路(东口、西口)、南关街").streets == ("北环路(东口、西口)", "南关街")


def test_a_bracket_without_partner_does_not_swallow_the_rest():
    read = read_streets("北环路(东口、南关街")
    assert read.streets == ("北环路(东口", "南关街")
    assert read.findings[0].code is DecisionCode.BRACKET_UNBALANCED


def test_a_branch_named_several_times_is_counted_as_that_many():
    read = read_streets("英特好支路、北环路支路、北环路支路、北环路支路、北环路支路")
    assert read.streets == ("英特好支路", *(f"北环路支路{n}" for n in (1, 2, 3, 4)))
    assert [finding.code.value for finding in read.findings] == ["branches_numbered"]


def test_another_street_named_twice_is_one_street():
    assert read_streets("云中街、滨河路、云中街").streets == ("云中街", "滨河路")
    assert codes("云中街、滨河路、云中街") == ["street_repeated"]


@pytest.mark.parametrize(
    "name", ["花园里北街南段", "操场城西延", "御河西路北延伸", "惠民A段", "向阳东延单线"]
)
def test_a_part_stays_in_the_name(name):
    assert read_streets(name).streets == (name,)
    assert codes(name) == ["part_kept"]


@pytest.mark.parametrize("name", ["Rua Goiás", "Av. Afonso Pena", "Main St", "Calle 5"])
def test_a_name_with_a_latin_street_word_needs_no_decision(name):
    assert read_streets(name).streets == (name,)
    assert codes(name) == []


@pytest.mark.parametrize(
    "mention",
    ["Av. X (entre A e B)", "Calle 5 (entre 3 y 7)", "Main St (between A St and B St)",
     "Rua X (da Rua A até a Rua B)", "Av. X entre Rua A e Rua B"],
)  # fmt: skip
def test_a_range_in_words_is_one_street_as_written(mention):
    assert read_streets(mention).streets == (mention,)
    assert codes(mention) == ["street_range"]


@pytest.mark.parametrize("joint", [" / ", "/", " e "])
def test_two_whole_latin_names_are_two_streets(joint):
    mention = f"Rua Goiás{joint}Rua Autonomista"
    assert read_streets(mention).streets == ("Rua Goiás", "Rua Autonomista")
    assert codes(mention) == ["street_shorthand"]


@pytest.mark.parametrize(
    "name", ["Feira Central", "南关", "苹果园", "十校周边道路", "魏都大道展览馆"]
)
def test_a_place_is_kept_as_a_street_and_told(name):
    assert read_streets(name).streets == (name,)
    assert codes(name) == ["place_kept"]


def test_fragments_are_told_and_make_no_street():
    read = read_streets("拥军北路、军二路、三、二")
    assert read.streets == ("拥军北路", "军二路")
    assert [(f.code.value, f.value) for f in read.findings] == [
        ("street_fragment", "三"),
        ("street_fragment", "二"),
    ]


@pytest.mark.parametrize(
    "mention", ["清远西街(夜岗收集)", "清远西街\uff08夜岗收集\uff09", "清远西街夜岗收集"]
)
def test_the_night_shift_is_no_part_of_the_name(mention):
    read = read_streets(mention)
    assert read.streets == ("清远西街",)
    assert read.night_shift
    assert codes(mention) == ["night_shift"]


def test_a_night_shift_of_some_streets_only_is_told():
    assert codes("清远西街(夜岗收集)、云中街") == ["night_shift", "night_shift_of_some"]


def test_a_space_between_chinese_names_separates_and_one_in_a_latin_name_does_not():
    assert read_streets("云中街 滨河路、Main Street").streets == (
        "云中街",
        "滨河路",
        "Main Street",
    )


STREETS = st.lists(
    st.text("云中滨河同泉柳林", min_size=2, max_size=4).map(lambda stem: f"{stem}街"),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(STREETS, st.sampled_from("、,,;\n"))
def test_plain_names_come_back_as_they_were_joined(names, separator):
    read = read_streets(separator.join(names))
    assert read.streets == tuple(names)
    assert read.findings == ()


@given(st.text("云中街支路一二(()/、,东西-夜岗收集 \n段", max_size=30))
def test_any_text_is_read_without_a_blank_or_repeated_street(cell):
    streets = read_streets(cell).streets
    assert all(street.strip() for street in streets)
    assert len(set(streets)) == len(streets)
