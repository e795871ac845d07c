import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.notice.decision import Decision, DecisionCode
from geofence.notice.rows import NoticeRow, choose_table, read_rows
from geofence.notice.table import NoticeError, Table

HEADING = "责任单位 网格编号 收集范围 收集司机姓名 收集车牌号 负责人及联系电话 收集时间"


def table(*rows: str, heading: str = HEADING, merged: str = "") -> Table:
    """A table of cells parted by spaces, ``.`` for a blank one.

    `merged` names cells below the first of a merged block as ``row.column``, both from 0.
    """
    cells = tuple(
        tuple("" if cell == "." else cell for cell in row.split()) for row in (heading, *rows)
    )
    pairs = (place.split(".") for place in merged.split())
    return Table(cells, frozenset((int(row), int(column)) for row, column in pairs))


def rows_of(*rows: str, **terms) -> list[NoticeRow]:
    return read_rows(table(*rows, **terms))[0]


def told(*rows: str, **terms) -> list[tuple[int | None, str, str, str]]:
    """Row, code of the grid, code of the decision and what was read, of each decision."""
    decisions: list[Decision] = read_rows(table(*rows, **terms))[1]
    return [(each.row, each.grid_id, each.code.value, each.value) for each in decisions]


# Which table


def test_the_first_table_with_a_heading_is_chosen():
    notes, first, second = table(heading="说明"), table("甲 JY01 云中街"), table("甲 JY02 云中街")
    assert choose_table([notes, first, second], "notice.xlsx") is first


def test_a_heading_with_nothing_below_it_is_refused_by_name():
    with pytest.raises(NoticeError, match=r"^notice\.tsv: there is no row below the heading$"):
        choose_table([table(HEADING, ". .", heading="一览表")], "notice.tsv")


def test_tables_without_a_heading_are_refused_with_the_words_it_needs_and_nothing_of_their_cells():
    person = table("王某 13900000000", heading=". 备注 13900000000")
    with pytest.raises(NoticeError) as raised:
        choose_table([table(heading="."), person], "notice.xlsx")
    text = str(raised.value)
    assert text.startswith("notice.xlsx: no heading with 网格编号, 收集范围, 收集车牌号 was found")
    assert "the first row has 2 filled cells" in text
    assert "Give the table a heading row with these words, or with grid, streets and plate" in text
    assert "13900000000" not in text


@pytest.mark.parametrize("tables", [[], [Table(())], [Table((("",),))]])
def test_what_holds_no_cell_at_all_has_no_heading(tables):
    with pytest.raises(NoticeError, match="first row has 0 filled cells"):
        choose_table(tables, "notice.tsv")


def test_rows_cannot_be_read_without_a_heading():
    with pytest.raises(NoticeError, match="no heading"):
        read_rows(table(heading="说明"))


# One row


def test_each_cell_of_a_row_stands_under_its_column():
    row = "机扫一公司 JY01 云中街、滨河路 王某 晋B00001 甲:111 07:00-10:00"
    assert rows_of(row) == [
        NoticeRow(
            2, "JY01", "云中街、滨河路", "晋B00001", "机扫一公司", "甲:111", "07:00-10:00",
            windows_carried=False,
        )
    ]  # fmt: skip
    assert told(row) == []


def test_a_driver_is_never_read_and_a_contact_never_shown():
    rows, decisions = read_rows(
        table("甲 JY01 云中街 王某 晋B00001 13900000000", ". JY02 滨河路 李某 晋B00002")
    )
    assert rows[1].contact == "13900000000"
    assert not any(private in repr((rows, decisions)) for private in ("王某", "李某", "139"))


def test_a_row_without_a_code_is_left_out_and_told_by_its_number_alone():
    rows, decisions = read_rows(table("备注:司机王某", "甲 JY01 云中街"))
    assert [row.code for row in rows] == ["JY01"]
    assert decisions == [Decision(2, "", DecisionCode.ROW_WITHOUT_CODE, "", "left out")]


def test_a_blank_row_is_passed_over_in_silence_and_keeps_its_number():
    rows = rows_of(". .", "甲 JY01 云中街", ".", "甲 JY02 云中街")
    assert [(row.number, row.code) for row in rows] == [(3, "JY01"), (5, "JY02")]
    assert told(". .", "甲 JY01 云中街 王某 晋B1 111 07:00-10:00") == []


def test_a_code_is_read_in_plain_letters_and_the_rest_as_written():
    (row,) = rows_of("甲 ＪＹ０１ 云中街（东）")
    assert (row.code, row.streets) == ("JY01", "云中街（东）")


def test_a_row_that_ends_early_is_blank_there():
    (row,) = rows_of("甲 JY01")
    assert (row.streets, row.vehicles, row.windows) == ("", "", "")


def test_columns_that_may_be_absent_are_told_once_and_read_as_blank():
    terms = {"heading": "收集范围 收集车牌号 网格编号"}
    (row,) = rows_of("云中街 晋B00001 JY01", **terms)
    assert (row.code, row.operator, row.contact, row.windows) == ("JY01", "", "", "")
    assert told("云中街 晋B00001 JY01", **terms) == [
        (None, "", "column_absent", name) for name in ("operator", "contact", "windows")
    ]


# Merged cells


FIRST = "机扫一公司 JY01 云中街 . 晋B00001 甲:111 07:00-10:00"


def test_blank_operator_contact_and_windows_take_what_stands_above():
    above, below = rows_of(FIRST, ". JY02 滨河路 . 晋B00002")
    assert (below.operator, below.contact, below.windows) == ("机扫一公司", "甲:111", "07:00-10:00")
    assert (above.windows_carried, below.windows_carried) == (False, True)
    assert told(FIRST, ". JY02 滨河路 . 晋B00002") == [
        (3, "JY02", "cells_carried", "operator, contact, windows")
    ]


def test_streets_and_vehicles_take_nothing_from_above_where_no_cell_is_merged():
    _, below = rows_of(FIRST, "机扫一公司 JY02 . . . 甲:111 07:00-10:00")
    assert (below.streets, below.vehicles) == ("", "")


def test_code_and_streets_of_a_merged_block_are_those_of_its_first_row():
    rows = rows_of(
        FIRST, ". . . . 晋B00002", ". . . . 晋B00003", merged="2.1 3.1 2.2 3.2"
    )  # fmt: skip
    assert [(row.code, row.streets, row.vehicles) for row in rows] == [
        ("JY01", "云中街", f"晋B0000{n}") for n in (1, 2, 3)
    ]


def test_a_stated_cell_is_carried_from_then_on():
    rows = rows_of(FIRST, ". JY02 滨河路 . 晋B00002 . 19:00-21:30", ". JY03 长青街 . 晋B00003")
    assert [row.windows for row in rows] == ["07:00-10:00", "19:00-21:30", "19:00-21:30"]
    assert [row.windows_carried for row in rows] == [False, False, True]


def test_a_new_operator_takes_neither_contact_nor_windows_of_the_one_above():
    _, below = rows_of(FIRST, "机扫二公司 JY02 滨河路 . 晋B00002")
    assert (below.operator, below.contact, below.windows) == ("机扫二公司", "", "")


def test_a_cell_merged_with_the_one_above_is_carried_though_the_operator_stands_again():
    rows = rows_of(FIRST, "机扫一公司 JY02 滨河路 . 晋B00002", merged="2.6")
    assert [row.windows for row in rows] == ["07:00-10:00", "07:00-10:00"]
    assert [row.contact for row in rows] == ["甲:111", ""]


def test_start_and_end_in_two_columns_are_one_window_and_are_carried_down_together():
    heading = "责任单位 网格编号 收集范围 收集车牌号 开始时间 结束时间"
    rows = rows_of(
        "甲 JY01 云中街 晋B1 07:00:00 10:00:00", ". JY02 滨河路 晋B2 . .", heading=heading
    )
    assert [row.windows for row in rows] == ["07:00:00-10:00:00"] * 2
    assert [row.windows_carried for row in rows] == [False, True]


def test_of_several_columns_of_windows_one_may_be_merged_while_the_other_is_not():
    rows = rows_of(
        "甲 JY01 云中街 晋B1 07:00-09:00 14:30-17:30", "甲 JY02 滨河路 晋B2 . 15:00-18:00",
        heading="责任单位 网格编号 收集范围 收集车牌号 收集时间1 收集时间2", merged="2.4",
    )  # fmt: skip
    assert rows[1].windows == "07:00-09:00\n15:00-18:00"


def test_a_second_row_of_headings_is_no_row_of_the_table():
    rows, decisions = read_rows(
        table(
            ". . . . 开始 结束", "甲 JY01 云中街 晋B1 7:00 10:00",
            heading="责任单位 网格编号 收集范围 收集车牌号 收集时间 .",
        )
    )  # fmt: skip
    assert [(row.number, row.windows) for row in rows] == [(3, "7:00-10:00")]
    assert [each.value for each in decisions] == ["contact"]


def test_cells_merged_within_the_headings_do_not_make_blanks_below_them_real():
    rows = rows_of(
        ". . . . 开始 结束", "甲 JY01 云中街 晋B1 7:00 10:00", ". JY02 滨河路 晋B2 . .",
        heading="责任单位 网格编号 收集范围 收集车牌号 收集时间 .", merged="1.0 1.1 1.2 1.3",
    )  # fmt: skip
    assert [row.operator for row in rows] == ["甲", "甲"]


def test_nothing_is_carried_from_nothing():
    (row,) = rows_of(". JY01 云中街 . 晋B00001")
    assert (row.operator, row.windows, row.windows_carried) == ("", "", True)
    assert told(". JY01 云中街 . 晋B00001") == []


def test_where_merged_cells_are_marked_other_blanks_are_real():
    rows = rows_of(FIRST, ". JY02 滨河路", ". JY03 长青街", merged="2.0 2.6")
    assert [row.operator for row in rows] == ["机扫一公司", "机扫一公司", ""]
    assert [row.windows for row in rows] == ["07:00-10:00", "07:00-10:00", ""]


def test_blanks_of_a_column_without_marks_are_carried_though_others_have_marks():
    rows = rows_of(FIRST, ". JY02 滨河路", ". JY03 长青街", merged="2.0")
    assert [row.windows for row in rows] == ["07:00-10:00"] * 3


def test_what_is_carried_past_a_change_of_prefix_is_kept_and_told():
    below = ". QY02 滨河路 . 晋B00002"
    assert rows_of(FIRST, below)[1].operator == "机扫一公司"
    assert told(FIRST, below)[1:] == [
        (3, "QY02", f"{name}_uncertain", "JY -> QY") for name in ("operator", "contact", "windows")
    ]
    _, decisions = read_rows(table(FIRST, below))
    assert decisions[1].decision == "kept 机扫一公司"


def test_a_carried_contact_is_told_without_saying_it():
    _, decisions = read_rows(table(FIRST, ". QY02 滨河路"))
    assert [d.decision for d in decisions if d.code is DecisionCode.CONTACT_UNCERTAIN] == [
        "kept as carried down"
    ]
    assert "111" not in repr(decisions)


def test_a_prefix_is_the_letters_of_a_code_or_an_odd_code_whole():
    assert told(FIRST, ". 东一区 滨河路")[1][3] == "JY -> 东一区"
    assert len(told(FIRST, ". JY-17 滨河路")) == 1


# Rows that have slipped


def test_a_row_whose_code_slipped_to_the_left_is_read_from_there():
    slipped = "QY31 拥军东路 . 清洁-112"
    _, row = rows_of(FIRST, slipped)
    assert (row.code, row.streets, row.vehicles) == ("QY31", "拥军东路", "清洁-112")
    assert told(FIRST, slipped) == [(3, "QY31", "columns_shifted", "code in column 1")]


def test_a_row_whose_code_slipped_to_the_right_is_read_from_there():
    slipped = "三 甲 QY31 拥军东路 . 清洁-112 乙:222 09:00-11:30"
    rows, decisions = read_rows(table(FIRST, slipped))
    assert (rows[1].code, rows[1].streets, rows[1].vehicles) == ("QY31", "拥军东路", "清洁-112")
    assert rows[1].windows == "09:00-11:30"
    assert rows[1].operator == ""
    assert [each.decision for each in decisions] == ["cells read 1 columns to the right"]


def test_a_slipped_row_takes_nothing_from_above_and_ends_the_block():
    rows = rows_of(FIRST, "QY31 拥军东路 . 清洁-112", ". JY03 长青街")
    assert [row.operator for row in rows] == ["机扫一公司", "", ""]
    assert [row.windows for row in rows] == ["07:00-10:00", "", ""]


def test_an_odd_code_in_its_column_is_taken_there_if_no_other_cell_looks_like_one():
    (row,) = rows_of("甲 东一区 云中街 . 晋B00001")
    assert (row.code, row.streets) == ("东一区", "云中街")


def test_a_code_in_its_column_is_not_looked_for_elsewhere():
    (row,) = rows_of("QY31 JY01 云中街")
    assert (row.code, row.operator) == ("JY01", "QY31")


def test_of_a_row_with_a_cell_too_many_nothing_right_of_the_code_is_used():
    cut = "乙 S2 Rua-B Rua-C . HQA1B24 . 07:00-10:00"
    rows, decisions = read_rows(table(FIRST, cut, "乙 S3 滨河路"))
    assert rows[1] == NoticeRow(3, "S2", "", "", "乙", "", "", windows_carried=False)
    assert [(each.row, each.code.value, each.value) for each in decisions] == [
        (3, "cells_surplus", "row 3 has 8 cells for 7 headings")
    ]
    assert decisions[0].decision.startswith("code, operator alone read; put a cell that holds")
    assert (rows[2].operator, rows[2].windows) == ("乙", "")


def test_an_operator_above_counts_for_a_row_with_a_cell_too_many_and_windows_do_not():
    cut = ". JY02 滨河路 长青街 . 晋B00002 . ."
    rows = rows_of(FIRST, cut + " 07:00-09:00", ". JY03 同泉路")
    assert [(row.operator, row.windows) for row in rows] == [
        ("机扫一公司", "07:00-10:00"), ("机扫一公司", ""), ("机扫一公司", "")
    ]  # fmt: skip


@pytest.mark.parametrize("street", ["长青街", "Av.Brasil", "新开西四路"])
def test_a_street_where_the_vehicle_should_stand_is_no_vehicle(street):
    cut = f". JY02 滨河路 . {street} 晋B00002"
    row = rows_of(FIRST, cut)[1]
    assert (row.operator, row.streets, row.vehicles, row.windows) == ("机扫一公司", "", "", "")
    assert told(FIRST, cut)[0][2:] == (
        "cells_surplus", "row 3 has a street where its vehicle should stand"
    )  # fmt: skip


@pytest.mark.parametrize("vehicle", ["VIA-1234", "AL1234", "BR-163", "机扫1-113", "ROD1B23", "T1"])
def test_a_plate_that_begins_like_a_street_is_a_vehicle(vehicle):
    assert rows_of(f"甲 JY01 云中街 . {vehicle} . 07:00-10:00")[0].vehicles == vehicle


def test_blank_cells_beyond_the_headings_are_none_too_many():
    assert told("甲 JY01 云中街 王某 晋B1 111 07:00-10:00 . .") == []


def test_a_cell_below_a_blank_heading_is_none_too_many():
    assert told("甲 JY01 云中街 王某 晋B1 111 07:00-10:00 雨天", heading=f"{HEADING} .") == []


def test_a_row_that_slipped_and_has_a_cell_too_many_keeps_its_code_alone():
    (row,) = rows_of("三 甲 QY31 拥军东路 武州路 . 清洁-112 乙:222 09:00-11:30")
    assert (row.code, row.operator, row.streets, row.vehicles) == ("QY31", "", "", "")


@given(
    st.lists(
        st.sampled_from(
            [FIRST, ". JY02 滨河路", ". QY03 长青街", "QY31 拥军东路", "备注", ". .",
             "机扫二公司 JT04 同泉路 . 晋B00004 . 09:00-11:30",
             ". JY05 同泉路 武州路 . 晋B00004 . 09:00-11:30"]
        ),
        max_size=8,
    )
)  # fmt: skip
@settings(max_examples=60)
def test_each_row_with_a_code_is_read_once_in_its_order_and_each_other_is_blank_or_told(rows):
    read, decisions = read_rows(table(*rows))
    numbers = [row.number for row in read]
    assert numbers == sorted(set(numbers))
    left_out = {each.row for each in decisions if each.code is DecisionCode.ROW_WITHOUT_CODE}
    blank = {number for number, row in enumerate(rows, 2) if row == ". ."}
    assert sorted([*numbers, *left_out, *blank]) == list(range(2, len(rows) + 2))


@given(st.lists(st.sampled_from([FIRST, ". JY02 滨河路", "QY31 拥军东路", "备注"]), max_size=6))
@settings(max_examples=40)
def test_a_row_is_read_as_it_is_whatever_follows_it(rows):
    whole = rows_of(*rows)
    for count in range(len(rows)):
        head = rows_of(*rows[:count])
        assert whole[: len(head)] == head
