import csv
from datetime import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from geofence.notice import table as table_file
from geofence.notice.table import NoticeError, Table, read_tables

ROWS = (("网格编号", "收集范围"), ("JY01", "云中街、滨河路"))


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table_of(path: Path) -> Table:
    (table,) = read_tables(path)
    return table


def refusal(path: Path) -> str:
    with pytest.raises(NoticeError) as raised:
        list(read_tables(path))
    text = str(raised.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


# Text


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_a_text_may_be_separated_by_tabs_commas_or_semicolons(tmp_path, delimiter):
    path = written(tmp_path, "notice.txt", "\n".join(delimiter.join(row) for row in ROWS))
    assert table_of(path).rows == ROWS


def test_commas_between_the_streets_of_a_cell_do_not_make_a_text_with_tabs_a_csv(tmp_path):
    path = written(
        tmp_path, "notice.tsv", "网格编号\t收集范围\nJY01\t云中街,滨河路,长青街,同泉路\n"
    )
    assert table_of(path).rows[1] == ("JY01", "云中街,滨河路,长青街,同泉路")


def test_cells_lose_the_space_around_them_and_keep_the_lines_within(tmp_path):
    path = written(tmp_path, "notice.csv", ' JY01 ,"云中街\r\n滨河路\n",\u3000\n')
    assert table_of(path).rows == (("JY01", "云中街\r\n滨河路", ""),)


def test_rows_need_not_be_of_one_length_and_blank_ones_keep_their_place(tmp_path):
    path = written(tmp_path, "notice.tsv", "a\tb\tc\n\nd\n")
    assert table_of(path).rows == (("a", "b", "c"), (), ("d",))


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_chinese_is_read_in_any_of_its_usual_encodings_which_is_told(tmp_path, encoding, told):
    text = "\n".join("\t".join(row) for row in ROWS)
    table = table_of(written(tmp_path, "notice.tsv", text.encode(encoding)))
    assert (table.rows, table.encoding) == (ROWS, told)


def test_letters_with_accents_are_no_chinese(tmp_path):
    rows = (("Setor", "Placa", "Rua"), ("GR01", "HQA1B23", "Rua Goiás Norte"))
    text = "\n".join(";".join(row) for row in rows)
    table = table_of(written(tmp_path, "notice.csv", text.encode("cp1252")))
    assert (table.rows, table.encoding) == (rows, "cp1252")


CELLS = st.text('云中街JY01,;\t" \n、', max_size=6)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=4))
@example([["a", '"', "b"]])
def test_what_a_spreadsheet_writes_as_csv_is_read_back(tmp_path, rows):
    path = tmp_path / "notice.csv"
    heading = ["序号"] * 30  # of commas enough to outnumber the signs in the cells
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    assert table_of(path).rows[1:] == tuple(tuple(cell.strip() for cell in row) for row in rows)


def test_text_tells_nothing_of_merged_cells(tmp_path):
    table = table_of(written(tmp_path, "notice.tsv", "a\t\n\tb"))
    assert table.continued == table.merged_columns(0) == frozenset()


# Workbooks


def saved(folder: Path, workbook: Workbook, name: str = "notice.xlsx") -> Path:
    workbook.save(folder / name)
    return folder / name


def test_each_sheet_of_a_workbook_is_a_table_in_their_order(tmp_path):
    workbook = Workbook()
    workbook.active.append(["说明"])
    workbook.create_sheet("网格").append(["网格编号", "收集范围"])
    tables = list(read_tables(saved(tmp_path, workbook)))
    assert [table.rows for table in tables] == [(("说明",),), (("网格编号", "收集范围"),)]


def test_numbers_times_and_blanks_of_a_sheet_are_read_as_text(tmp_path):
    workbook = Workbook()
    workbook.active.append([113, None, time(7, 30), " JY01 "])
    assert table_of(saved(tmp_path, workbook)).rows == (("113", "", "07:30:00", "JY01"),)


def test_24_00_is_read_as_it_was_typed_whatever_the_format_of_its_cell(tmp_path):
    workbook = Workbook()
    workbook.active.append([1.0, 1.0])
    workbook.active["A1"].number_format = "h:mm"
    workbook.active["B1"].number_format = "[h]:mm:ss"
    assert table_of(saved(tmp_path, workbook)).rows == (("24:00:00", "24:00:00"),)


def test_a_table_that_begins_inside_its_sheet_keeps_its_columns(tmp_path):
    workbook = Workbook()
    workbook.active["C3"] = "网格编号"
    assert table_of(saved(tmp_path, workbook)).rows[2] == ("", "", "网格编号")


def test_a_formula_is_read_as_its_result_or_blank_and_never_as_written(tmp_path):
    workbook = Workbook()
    workbook.active.append(["=1+1", "JY01"])
    assert table_of(saved(tmp_path, workbook)).rows == (("", "JY01"),)


def test_of_a_merged_block_all_but_its_first_row_is_continued(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    for number in range(4):
        sheet.append([f"{number}", "x", "y"])
    sheet.merge_cells("A2:A4")
    sheet.merge_cells("B1:C2")
    table = table_of(saved(tmp_path, workbook))
    assert table.continued == {(2, 0), (3, 0), (1, 1), (1, 2)}
    assert table.merged_columns(0) == {0, 1, 2}
    assert table.merged_columns(2) == {0}


def test_cells_merged_across_one_row_are_continued_nowhere(tmp_path):
    workbook = Workbook()
    workbook.active.append(["平城区沿街收集网格一览表", None, None])
    workbook.active.merge_cells("A1:C1")
    assert table_of(saved(tmp_path, workbook)).continued == frozenset()


@pytest.mark.parametrize("name", ["notice.XLSX", "notice.xlsm"])
def test_the_ending_of_a_workbook_may_be_written_large_or_be_that_of_one_with_macros(
    tmp_path, name
):
    workbook = Workbook()
    workbook.active.append(["JY01"])
    assert table_of(saved(tmp_path, workbook, name)).rows == (("JY01",),)


# What is no table


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("notice.tsv", b"", "the file is empty"),
        ("notice.xlsx", b"", "the file is empty"),
        (
            "notice.tsv",
            b"\xff\xfe\xff\xff\x80",
            "UTF-8, GB18030 nor Windows-1252; save it as UTF-8",
        ),
        ("notice.xlsx", b"not a workbook", "no Excel workbook (BadZipFile); save it as .xlsx"),
        ("notice.xls", b"x", ".xls is not read; save the table as .xlsx, .csv or .tsv"),
        ("notice.ODS", b"x", ".ods is not read"),
        ("notice.pdf", b"%PDF", ".pdf is not read"),
        ("notice.docx", b"x", ".docx is not read"),
        ("notice.csv", b'a,"' + b"x" * 200_000, "it is no table of text: field larger"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name_with_what_to_do(tmp_path, name, content, told):
    assert told in refusal(written(tmp_path, name, content))


def test_a_file_that_is_not_there_or_a_folder_is_refused_by_name(tmp_path):
    assert refusal(tmp_path / "absent.tsv") == "there is no such file"
    assert refusal(tmp_path) == "there is no such file"


def workbook_with(folder: Path, name: str, old: bytes, new: bytes) -> Path:
    """A sound workbook but for one part of it."""
    workbook = Workbook()
    for row in ROWS:
        workbook.active.append(row)
    sound, path = saved(folder, workbook), folder / "damaged.xlsx"
    with ZipFile(sound) as parts, ZipFile(path, "w") as kept:
        for each in parts.namelist():
            content = parts.read(each)
            if each == name:
                assert old in content
                content = content.replace(old, new, 1)
            kept.writestr(each, content)
    return path


SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (SHEET, b"<sheetData>", b"<sheetData"),
        (SHEET, b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="1x"/></mergeCells>'),
        (STYLES, b'numFmtId="0"', b'numFmtId="x"'),
        ("xl/workbook.xml", b"<sheets>", b"<a>"),
        ("[Content_Types].xml", b"<Types", b"<Types<"),
    ],
)
def test_whatever_a_damaged_workbook_makes_its_reader_raise_it_is_refused(tmp_path, name, old, new):
    assert "it is no Excel workbook" in refusal(workbook_with(tmp_path, name, old, new))


def test_a_workbook_packed_in_another_way_or_torn_within_a_part_is_refused(tmp_path):
    workbook = Workbook()
    workbook.active.append(["JY01"])
    content = saved(tmp_path, workbook).read_bytes()
    entry = content.index(b"PK\x01\x02")
    odd = content[: entry + 10] + b"\x63" + content[entry + 11 :]
    assert "it is no Excel workbook" in refusal(written(tmp_path, "odd.xlsx", odd))
    torn = content[:60] + b"\xff" * 40 + content[100:]
    assert "it is no Excel workbook" in refusal(written(tmp_path, "torn.xlsx", torn))


@pytest.mark.parametrize("merged", ["A1:C9", "1:9", "A:C", 'A1:C5"/><mergeCell ref="D1:E4'])
def test_merged_cells_without_end_are_refused_with_what_to_do(tmp_path, merged, monkeypatch):
    monkeypatch.setattr(table_file, "MOST_CELLS", 20)
    new = f'</sheetData><mergeCells><mergeCell ref="{merged}"/></mergeCells>'.encode()
    path = workbook_with(tmp_path, SHEET, b"</sheetData>", new)
    assert "delete the rows and columns beside the table" in refusal(path)


def test_a_cell_far_away_does_not_have_all_between_read(tmp_path, monkeypatch):
    monkeypatch.setattr(table_file, "MOST_CELLS", 20)
    workbook = Workbook()
    workbook.active["C9"] = "far"
    assert "at most 20 cells are read" in refusal(saved(tmp_path, workbook))


def test_a_workbook_that_grows_without_end_when_unpacked_is_refused(tmp_path, monkeypatch):
    workbook = Workbook()
    workbook.active.append(["JY01"])
    monkeypatch.setattr(table_file, "MOST_BYTES", 1000)
    assert "at most 1,000 are read; save the table alone" in refusal(saved(tmp_path, workbook))


def test_a_zip_file_of_another_kind_is_no_workbook(tmp_path):
    path = tmp_path / "notice.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "it is no Excel workbook" in refusal(path)
