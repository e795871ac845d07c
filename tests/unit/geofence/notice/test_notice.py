import csv
import re
from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from geofence.notice.decision import DecisionCode
from geofence.notice.notice import Imported, NoticeTerms, import_notice, operator_id
from geofence.notice.report import (
    render_csv,
    render_imported_plan,
    render_markdown,
)
from geofence.notice.table import NoticeError
from geofence.plan.reader import read_roster

TERMS = NoticeTerms("Pingcheng street-front collection", date(2022, 3, 25))
HEADING = "序号\t责任单位\t网格编号\t收集范围\t收集司机姓名\t收集车牌号\t负责人及联系电话\t收集时间"
UNSHIFTED_ROWS = 31
SAMPLE = Path(__file__).parents[4] / "geofence" / "sample" / "plan.toml"


@pytest.fixture(scope="module")
def notice(shared_data) -> Path:
    return shared_data / "pingcheng" / "notice.tsv"


@pytest.fixture(scope="module")
def imported(notice) -> Imported:
    return import_notice(notice, TERMS)


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


def grid(imported: Imported, grid_id: str):
    return next(grid for grid in imported.plan.grids if grid.id == grid_id)


def told(imported: Imported, code: DecisionCode) -> dict[str, str]:
    return {d.grid_id: d.value for d in imported.decisions if d.code is code}


def windows(imported: Imported, grid_id: str) -> list[str]:
    return [window.text for window in grid(imported, grid_id).windows]


def read(tmp_path: Path, *rows: str, terms: NoticeTerms = TERMS):
    path = tmp_path / "notice.tsv"
    path.write_text("\n".join([HEADING, *rows]), encoding="utf-8")
    return import_notice(path, terms)


# The published notice, whole


def test_the_notice_has_57_grids_in_the_order_of_its_rows(imported, notice):
    codes = [
        next(cell for cell in row if re.fullmatch(r"[A-Z]{2}\d\d", cell))
        for row in cells(notice)[1:]
    ]
    assert [grid.id for grid in imported.plan.grids] == codes
    assert len(codes) == 57


def test_the_four_companies_and_a_placeholder_run_the_grids(imported):
    assert [(operator.id, operator.name) for operator in imported.plan.operators] == [
        ("sweep-1", "机扫一公司"),
        ("sweep-2", "机扫二公司"),
        ("sweep-3", "机扫三公司"),
        ("sweep-4", "机扫四公司"),
        ("unassigned", "未载明 (not stated in the notice)"),
    ]
    counts = Counter(grid.operator_id for grid in imported.plan.grids)
    assert counts == {
        "sweep-1": 5, "sweep-2": 5, "sweep-3": 10, "sweep-4": 10, "unassigned": 27
    }  # fmt: skip


def test_merged_windows_are_carried_down_their_block_and_no_further(imported):
    assert windows(imported, "JY05") == ["07:00-10:00", "09:00-11:30", "14:30-17:30", "15:30-18:30"]
    assert windows(imported, "JR07") == ["07:00-08:30", "09:00-11:30", "14:30-17:30", "19:00-21:30"]
    assert windows(imported, "JT26") == ["08:00-11:30", "15:00-18:00"]
    carried = told(imported, DecisionCode.CELLS_CARRIED)
    assert len(carried) == 26
    assert set(carried.values()) == {"operator, contact, windows"}


@pytest.mark.parametrize("name", ["operator", "contact", "windows"])
def test_what_is_carried_past_a_change_of_prefix_is_uncertain(imported, name):
    uncertain = told(imported, DecisionCode(f"{name}_uncertain"))
    assert uncertain == dict.fromkeys(("QY27", "QY28", "QY29", "QY30"), "JT -> QY")
    assert grid(imported, "QY30").operator_id == "sweep-4"


def test_shifted_rows_are_read_and_get_neither_operator_nor_window_from_above(imported):
    shifted = told(imported, DecisionCode.COLUMNS_SHIFTED)
    assert len(shifted) == 27
    assert next(iter(shifted)) == "QY31"
    assert list(told(imported, DecisionCode.OPERATOR_ABSENT)) == list(shifted)
    assert grid(imported, "QY31").vehicles == ("清洁-112",)
    assert grid(imported, "QY31").operator_id == "unassigned"


def test_breaks_and_repetitions_of_numbers_are_told_and_not_corrected(imported):
    assert told(imported, DecisionCode.NUMBERING_BREAK) == {
        "QR06": "QY35 -> QR06",
        "QR40": "QR09 -> QR40",
    }
    assert told(imported, DecisionCode.NUMBER_REPEATED) == {
        f"QR0{n}": f"JR0{n}, QR0{n}" for n in (6, 7, 8, 9)
    }


@pytest.mark.parametrize(
    ("grid_id", "streets"),
    [
        ("JY01", "云中街 操场城西路 魏都大道 滨河路 御河西路 兴云桥"),
        ("JY02", "花园里北街南段 花园里前街 苹果园 长青街 兴和街 云林街 永义路"),
        ("JY03", "云中街 操场城西延 魏都大道 白泊街西段 御河西路北延伸 兴云桥"),
        ("JR08", "青年路 新南街 开源街 永泰南路(九州—七里村)"),
        ("JR09", "永泰南路(九州—政府南) 南关"),
        ("JT21", "惠民A段 北都街西段"),
        ("QY31", "拥军东路 拥军西路 拥军南路 拥军南路支路"),
        ("QY32", "拥军北路 武州路 武州路支路 军二路 铁路小区外围"),
        ("QY33", "英特好支路 北环路支路1 北环路支路2 北环路支路3 北环路支路4"),
        ("QY34", "北环路(北环路支路)"),
        ("QY35", "北环路(文二路—北环路)"),
        ("QR08", "迎泽南北街 迎泽东西街 康乐东西街 清远西街"),
        ("QR41", "同泉里前街 育才北街 新开西三路 新开西四路"),
        ("QR42", "清远西街"),
        ("QR51", "滨河路 永义路 新康东延 向阳东延单线"),
        ("QR52", "红旗街北段 福茂街 福兴街"),
    ],
)
def test_street_mentions_are_split_right(imported, grid_id, streets):
    assert grid(imported, grid_id).streets == tuple(streets.split())


def test_every_plain_mention_is_a_street_as_written(imported, notice):
    """Every name between separators that has no bracket, slash or repetition is in its grid."""
    special = {"QY33", "QR08", "QR41"}
    for row in cells(notice)[1:]:
        at = next(i for i, cell in enumerate(row) if re.fullmatch(r"[A-Z]{2}\d\d", cell))
        if row[at] in special:
            continue
        names = [name for name in re.split("[、,,]", row[at + 1]) if len(name) > 1]
        streets = grid(imported, row[at]).streets
        assert len(streets) == len(names)
        assert all("(" in name or name in streets for name in names)


def test_fragments_are_told_and_not_guessed(imported):
    fragments = [
        (decision.grid_id, decision.value)
        for decision in imported.decisions
        if decision.code is DecisionCode.STREET_FRAGMENT
    ]
    assert fragments == [("QY31", "二"), ("QY32", "三"), ("QY32", "二")]


def test_night_shift_grids_and_rows_without_windows_get_the_stated_defaults(imported):
    assert imported.night_grids == ("QR42", "QR43", "QR44")
    defaulted = told(imported, DecisionCode.WINDOWS_DEFAULTED)
    assert len(defaulted) == 27
    for grid_id in defaulted:
        night = grid_id in imported.night_grids
        assert windows(imported, grid_id) == ["19:00-21:30" if night else "08:00-21:00"]


def test_two_plates_serve_two_grids_each(imported):
    assert told(imported, DecisionCode.PLATE_SHARED) == {
        "QR41": "晋B04F64", "QR42": "晋B04F64", "QR55": "晋B39720", "QR57": "晋B39720"
    }  # fmt: skip
    assert grid(imported, "QR57").vehicles == ("晋B39720",)


def test_odd_plates_are_told_and_kept_as_read(imported):
    odd = told(imported, DecisionCode.PLATE_ODD)
    assert odd == {
        "JR11": "晋B6591", "JR15": "晋B0946E", "QY35": "晋B6950", "QR51": "晋B9S32",
        "QR54": "晋B0002",
    }  # fmt: skip
    assert all(grid(imported, grid_id).vehicles == (plate,) for grid_id, plate in odd.items())
    assert told(imported, DecisionCode.FLEET_NUMBER)["JR18"] == "机扫四402"


def test_no_driver_and_no_contact_reaches_plan_or_report(imported, notice):
    everything = (
        render_imported_plan(imported, "")
        + render_csv(imported.decisions)
        + render_markdown(imported, notice.name)
        + repr(imported)
    )
    for private in ("司机", "负责人", "****", "contact ="):
        assert private not in everything


def test_contacts_are_kept_on_request_in_the_plan_alone(notice):
    terms = NoticeTerms("p", date(2022, 3, 25), keep_contacts=True)
    imported = import_notice(notice, terms)
    assert 'contact = "一公司负责人: 155****6661"' in render_imported_plan(imported, "")
    elsewhere = render_csv(imported.decisions) + render_markdown(imported, "n") + repr(imported)
    assert "****" not in elsewhere
    assert "司机" not in render_imported_plan(imported, "")


def test_the_written_plan_is_read_back_as_it_was(imported, tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(render_imported_plan(imported, "A preface."), encoding="utf-8")
    roster = read_roster(path)
    assert roster.grids == imported.plan.grids
    assert roster.operators == imported.plan.operators
    assert roster.version == imported.plan.version
    assert roster.schematic


def test_the_shipped_plan_is_what_the_importer_makes_of_the_notice(imported):
    def body(text: str) -> str:
        return text[text.index("\nname = ") :]

    shipped = SAMPLE.read_text(encoding="utf-8")
    assert body(shipped) == body(render_imported_plan(imported, "A preface."))
    assert "SCHEMATIC" in shipped[: shipped.index("\nname = ")]


# The same table in other clothes


def workbook_of(rows: list[list[str]], title: bool) -> Workbook:
    """Build the notice as a spreadsheet, blocks merged as on the page."""
    workbook = Workbook()
    sheet = workbook.active
    if title:
        sheet.append(["平城区沿街收集网格一览表"])
        sheet.merge_cells("A1:H1")
    for row in rows:
        sheet.append([cell or None for cell in row])
    first = 2 if title else 1
    starts = [i for i, row in enumerate(rows[:UNSHIFTED_ROWS]) if i and row[0]]
    for start, end in zip(starts, [*starts[1:], UNSHIFTED_ROWS], strict=True):
        for column in "ABGH":
            sheet.merge_cells(f"{column}{start + first}:{column}{end + first - 1}")
    return workbook


def test_a_csv_gives_the_same_plan_and_decisions(imported, notice, tmp_path):
    path = tmp_path / "notice.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(cells(notice))
    again = import_notice(path, TERMS)
    assert again.plan.version == imported.plan.version
    assert again.decisions == imported.decisions


def test_a_workbook_with_merged_cells_gives_the_same_plan_and_decisions(imported, notice, tmp_path):
    path = tmp_path / "notice.xlsx"
    workbook_of(cells(notice), title=False).save(path)
    again = import_notice(path, TERMS)
    assert again.plan.version == imported.plan.version
    assert again.decisions == imported.decisions


def test_a_title_above_the_heading_and_a_sheet_without_a_table_do_no_harm(
    imported, notice, tmp_path
):
    path = tmp_path / "notice.xlsx"
    workbook = workbook_of(cells(notice), title=True)
    workbook.create_sheet("说明", 0).append(["收集时间见下表"])
    workbook.save(path)
    assert import_notice(path, TERMS).plan.version == imported.plan.version


def test_a_grid_of_two_trucks_in_merged_cells_is_one_grid(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(HEADING.split("\t"))
    sheet.append(["一", "机扫一公司", "JY01", "云中街", "", "晋B00001", "", "07:00-10:00"])
    sheet.append([None, None, None, None, "", "晋B00002"])
    for column in "ABCDH":
        sheet.merge_cells(f"{column}2:{column}3")
    path = tmp_path / "notice.xlsx"
    workbook.save(path)
    imported = import_notice(path, TERMS)
    assert [(grid.id, grid.vehicles, grid.streets) for grid in imported.plan.grids] == [
        ("JY01", ("晋B00001", "晋B00002"), ("云中街",))
    ]
    assert told(imported, DecisionCode.CODE_REPEATED) == {"JY01": "JY01"}


def test_gb18030_is_read_and_told(imported, notice, tmp_path):
    path = tmp_path / "notice.tsv"
    path.write_bytes(notice.read_text(encoding="utf-8").encode("gb18030"))
    again = import_notice(path, TERMS)
    assert again.plan.version == imported.plan.version
    assert again.decisions[0].code is DecisionCode.ENCODING_ASSUMED
    assert again.decisions[0].decision == "read as GB18030"


# What else a table may hold


@pytest.mark.parametrize(
    ("code", "row"),
    [
        (DecisionCode.ROW_WITHOUT_CODE, "备注: 司机王某"),
        (DecisionCode.CODE_ODD, "\t机扫一公司\t东一区\t云中街\t\t晋B00001"),
        (DecisionCode.WINDOWS_UNREAD, "\t机扫一公司\tJY01\t云中街\t\t晋B00001\t\t约07:00-10:00"),
        (DecisionCode.WINDOWS_WORDED, "\t机扫一公司\tJY01\t云中街\t\t晋B00001\t\t下午2:30-5:30"),
        (DecisionCode.WINDOW_DOUBTFUL, "\t机扫一公司\tJY01\t云中街\t\t晋B00001\t\t10:00-07:00"),
        (DecisionCode.WINDOW_REPEATED,
         "\t机扫一公司\tJY01\t云中街\t\t晋B00001\t\t07:00-10:00 7:00—10:00"),
        (DecisionCode.VEHICLE_ABSENT, "\t机扫一公司\tJY01\t云中街\t\t\t\t07:00-10:00"),
        (DecisionCode.VEHICLE_UNUSABLE, "\t机扫一公司\tJY01\t云中街\t\t晋B.00001\t\t07:00-10:00"),
        (DecisionCode.STREETS_ABSENT, "\t机扫一公司\tJY01\t\t\t晋B00001\t\t07:00-10:00"),
        (DecisionCode.SLASH_KEPT, "\t机扫一公司\tJY01\t柳泉街/四路\t\t晋B00001\t\t07:00-10:00"),
        (DecisionCode.BRACKET_UNBALANCED, "\t机扫一公司\tJY01\t云中街(东\t\t晋B00001"),
        (DecisionCode.SPACE_SPLIT, "\t机扫一公司\tJY01\t云中街 滨河路\t\t晋B00001"),
        (DecisionCode.STREET_REPEATED, "\t机扫一公司\tJY01\t云中街、云中街\t\t晋B00001"),
        (DecisionCode.NIGHT_SHIFT_OF_SOME, "\t机扫一公司\tJY01\t云中街(夜岗)、滨河路\t\t晋B00001"),
    ],
)  # fmt: skip
def test_what_the_published_notice_does_not_hold_is_told_too(tmp_path, code, row):
    sound = "\t机扫二公司\tJY02\t同泉路\t\t晋B00002\t\t07:00-10:00"
    imported = read(tmp_path, sound, row)
    assert code in {decision.code for decision in imported.decisions if decision.row == 3}
    assert grid(imported, "JY02").streets == ("同泉路",)


def test_a_row_without_code_is_told_by_its_number_alone(tmp_path):
    imported = read(
        tmp_path, "\t机扫一公司\tJY01\t云中街\t\t晋B00001", "备注: 司机王某 13900000000"
    )
    assert "王某" not in render_csv(imported.decisions)


def test_two_contacts_of_one_operator_are_told_without_saying_them(tmp_path):
    terms = NoticeTerms("p", date(2022, 3, 25), keep_contacts=True)
    imported = read(
        tmp_path,
        "\t机扫一公司\tJY01\t云中街\t\t晋B00001\t甲: 111\t07:00-10:00",
        "\t机扫一公司\tJY02\t云中街\t\t晋B00002\t乙: 222\t07:00-10:00",
        terms=terms,
    )
    assert imported.plan.operators[0].contact == "甲: 111"
    assert told(imported, DecisionCode.CONTACT_DIFFERS) == {"JY02": "机扫一公司"}
    assert "222" not in render_csv(imported.decisions)


def test_several_plates_in_a_cell_are_several_vehicles(tmp_path):
    imported = read(tmp_path, "\t机扫一公司\tJY01\t云中街\t\t晋B00001、晋B 00002\uff0c晋B00003")
    assert grid(imported, "JY01").vehicles == ("晋B00001", "晋B00002", "晋B00003")


def test_windows_given_by_the_caller_replace_the_defaults(tmp_path):
    from geofence.plan.timetable import parse_window

    terms = NoticeTerms(
        "p", date(2022, 3, 25),
        default_windows=(parse_window("06:00-07:00"),),
        night_windows=(parse_window("23:00-01:00"),),
    )  # fmt: skip
    imported = read(
        tmp_path,
        "\t\tJY01\t云中街\t\t晋B00001",
        "\t\tJY02\t云中街(夜岗收集)\t\t晋B00002",
        terms=terms,
    )
    assert windows(imported, "JY01") == ["06:00-07:00"]
    assert windows(imported, "JY02") == ["23:00-01:00"]


def test_windows_in_words_are_those_of_the_24_hour_clock_and_are_told(tmp_path):
    imported = read(tmp_path, "\t\tJY01\t云中街\t\t晋B00001\t\t上午7:00-9:00，下午2:30-5:30")
    assert windows(imported, "JY01") == ["07:00-09:00", "14:30-17:30"]
    (decision,) = (d for d in imported.decisions if d.code is DecisionCode.WINDOWS_WORDED)
    assert decision.value == "上午7:00-9:00，下午2:30-5:30"
    assert decision.decision == "read as 07:00-09:00 14:30-17:30"


@pytest.mark.parametrize(
    "cell",
    ["约7:00-10:00", "7:00-10:00 2", "周一7:00-10:00", "7:00-10:00(雨天除外)", "见附件", "7:00"],
)
def test_windows_beside_what_is_not_understood_are_not_used_but_the_defaults(tmp_path, cell):
    imported = read(tmp_path, f"\t\tJY01\t云中街\t\t晋B00001\t\t{cell}、15:00-17:00")
    assert windows(imported, "JY01") == ["08:00-21:00"]
    assert told(imported, DecisionCode.WINDOWS_UNREAD) == {"JY01": f"{cell}、15:00-17:00"}
    assert "JY01" in told(imported, DecisionCode.WINDOWS_DEFAULTED)


def test_a_window_at_night_by_its_digits_is_doubtful_where_others_say_afternoon(tmp_path):
    plain = "\t甲\tJY01\t云中街\t\t晋B00001\t\t2:30-5:30"
    worded = "\t乙\tJY02\t滨河路\t\t晋B00002\t\t下午2:30-5:30"
    both = read(tmp_path, plain, worded)
    assert windows(both, "JY01") == ["02:30-05:30"]
    assert told(both, DecisionCode.HALF_DAY_UNSTATED) == {"JY01": "02:30-05:30"}
    assert told(read(tmp_path, plain), DecisionCode.HALF_DAY_UNSTATED) == {}


def test_a_workbook_of_starts_and_ends_as_excel_keeps_them(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["网格编号", "收集范围", "收集车牌号", "开始时间", "结束时间"])
    for number, (start, end) in enumerate(
        [(time(7), time(10)), (time(22), time(2)), (7 / 24, 10 / 24), (time(22), 1.0),
         ("下午2:30", "5:30")], start=1
    ):  # fmt: skip
        sheet.append([f"JY0{number}", "云中街", f"晋B0000{number}", start, end])
    sheet["E5"].number_format = "h:mm"
    path = tmp_path / "notice.xlsx"
    workbook.save(path)
    imported = import_notice(path, TERMS)
    assert [[window.text for window in grid.windows] for grid in imported.plan.grids] == [
        ["07:00-10:00"], ["22:00-02:00"], ["07:00-10:00"], ["22:00-24:00"], ["14:30-17:30"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Operator,Grid,Streets,Plate,From,To", "North,A1,High Street,P1,7:00 am,10:00 am"),
        ("Empresa,Sector,Calles,Placa,Horario", "Limpia,A1,Calle Real,P1,de 7 a 10 hs"),
        ("Empresa,Setor,Ruas,Placa,Início,Fim,Motorista", "Limpa,A1,Rua Sete,P1,7h,10h,Ana"),
    ],
)
def test_a_notice_of_another_country_is_read_by_its_own_headings(tmp_path, heading, row):
    path = tmp_path / "notice.csv"
    path.write_text(f"{heading}\n{row}\n", encoding="utf-8")
    imported = import_notice(path, TERMS)
    assert windows(imported, "A1") == ["07:00-10:00"]
    assert grid(imported, "A1").vehicles == ("P1",)
    assert "Ana" not in repr(imported)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("机扫一公司", "sweep-1"),
        ("机扫十公司", "sweep-10"),
        ("机扫第3分公司", "sweep-3"),
        ("清洁 二队", "清洁-二队"),
        ("North & Sons", "north-sons"),
    ],
)
def test_operator_ids_are_legible_and_follow_from_the_name(name, expected):
    assert operator_id(name) == expected


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("机扫 一公司", "机扫一公司"),
        ("清洁二队 (北区)", "清洁二队(北区)"),
        ("平城 Clean", "平城Clean"),
        ("Limpeza  São José", "Limpeza São José"),
    ],
)
def test_blanks_of_an_operator_stay_between_words_that_have_them(tmp_path, cell, name):
    (operator,) = read(tmp_path, f"\t{cell}\tJY01\t云中街\t\t晋B00001").plan.operators
    assert operator.name == name
    assert operator.id == operator_id(name.replace(" ", ""))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "notice.tsv: the file is empty"),
        (HEADING.encode(), "notice.tsv: there is no row below"),
    ],
)
def test_what_is_no_notice_is_refused_with_a_clear_word(tmp_path, content, message):
    path = tmp_path / "notice.tsv"
    path.write_bytes(content)
    with pytest.raises(NoticeError, match=message):
        import_notice(path, TERMS)


def test_decisions_stand_in_the_order_of_the_rows(imported):
    rows = [decision.row or 0 for decision in imported.decisions]
    assert rows == sorted(rows)


def test_a_night_shift_note_outranks_windows_carried_down_but_not_stated_ones(tmp_path):
    found = read(
        tmp_path,
        "一\t机扫一公司\tJY01\t云中街\t\t晋B00001\t\t07:00—10:00",
        "\t\tJY02\t滨河路(夜岗收集)\t\t晋B00002\t\t",
        "\t\tJY03\t长青街(夜岗收集)\t\t晋B00003\t\t22:00—02:00",
    )
    assert windows(found, "JY01") == ["07:00-10:00"]
    assert windows(found, "JY02") == ["19:00-21:30"]
    assert windows(found, "JY03") == ["22:00-02:00"]
    assert "JY02" in told(found, DecisionCode.WINDOWS_DEFAULTED)


def test_a_street_cut_off_by_a_semicolon_becomes_no_vehicle(tmp_path):
    path = tmp_path / "notice.csv"
    path.write_text(
        "operator;grid;streets;plate;windows\n"
        "Norte;S1;Rua A;HQA1B23;07:00-10:00\n"
        ";S2;Rua B; Rua C;HQA1B24;07:00-10:00\n",
        encoding="utf-8",
    )
    imported = import_notice(path, TERMS)
    cut = grid(imported, "S2")
    assert (cut.operator_id, cut.vehicles, cut.streets) == ("norte", ("unstated-S2",), ())
    assert told(imported, DecisionCode.CELLS_SURPLUS) == {"S2": "row 3 has 6 cells for 5 headings"}


@pytest.mark.parametrize(
    "plate", ["HQA-1234", "HQA1B23", "hqa 1b23", "1234 ABC", "AB-123-CD", "AB12CDE", "7ABC123"]
)
def test_plates_of_other_countries_are_plates(tmp_path, plate):
    imported = read(tmp_path, f"\tNorte\tS1\tRua A\t\t{plate}\t\t07:00-10:00")
    assert grid(imported, "S1").vehicles == ("".join(plate.split()),)
    codes = {decision.code for decision in imported.decisions}
    assert codes.isdisjoint({DecisionCode.FLEET_NUMBER, DecisionCode.PLATE_ODD})


@pytest.mark.parametrize(
    "number", ["T1", "113", "20214", "TRUCK12", "CAMION", "机扫1-113", "ABC-123456"]
)
def test_a_fleet_number_is_no_plate(tmp_path, number):
    imported = read(tmp_path, f"\tNorte\tS1\tRua A\t\t{number}\t\t07:00-10:00")
    assert told(imported, DecisionCode.FLEET_NUMBER) == {"S1": number}


def test_a_brazilian_notice_without_doubt_needs_no_decision_on_its_rows(tmp_path):
    path = tmp_path / "notice.csv"
    path.write_text(
        "Empresa;Setor;Logradouro;Placa;Horário\n"
        "Norte;S1;Rua Goiás, Av. Afonso Pena, Praça da Sé;HQA-1234;07:00-10:00\n"
        "Norte;S2;R. Acre, Rod. BR-163;HQA1B23;14:00-17:00\n",
        encoding="utf-8",
    )
    imported = import_notice(path, TERMS)
    assert grid(imported, "S1").streets == ("Rua Goiás", "Av. Afonso Pena", "Praça da Sé")
    assert [each for each in imported.decisions if each.row is not None] == []
