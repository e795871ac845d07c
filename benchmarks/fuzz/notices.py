"""Mutated copies of a small sound notice, as TSV, CSV and XLSX."""

import csv
import io
import random
import re
import tomllib
import zipfile
import zlib
from datetime import date
from typing import ClassVar, NamedTuple

from openpyxl import Workbook

from benchmarks.fuzz.laws import check_no_formula, check_row, check_seen
from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES
from geofence.notice.notice import Imported, NoticeTerms, import_notice
from geofence.notice.report import render_csv, render_imported_plan, render_markdown
from geofence.plan.fault import GeofenceError

TERMS = NoticeTerms("A notice", date(2022, 3, 25), keep_contacts=True)
HEADING = ("序号", "责任单位", "网格编号", "收集范围", "收集司机姓名", "收集车牌号",
           "负责人及联系电话", "收集时间")  # fmt: skip
ROWS = (
    ("1", "机扫一公司", "JY01", "云中街（御河桥-魏都大道）、滨河路", "甲", "晋BQ0384",
     "乙 13900000000", "07:00-10:00 15:00-17:30"),
    ("2", "", "JY02", "永泰街夜岗收集", "丙", "晋B21333、机扫1-113", "", ""),
    ("3", "清运 公司", "YZ03", "迎宾街两侧", "丁", "晋BD08888", "戊", "19:00-次日02:00"),
)  # fmt: skip
_CELLS = (
    "", " ", "JY01", "JY1", "ＪＹ０１", "JY-0099", "J" * 300, "25:99-26:00", "7时00分至9.30",
    "00:00-24:00", "夜岗", "夜岗收集", "（", "）", "(a(b)c", "、、、", "云中街、" * 50,
    "晋BQ0384" * 30, "+", "#", "a/b", "机扫第十公司", "机扫99分公司", "公司", "___", "1" * 400,
    "-1", "=1+1", "a\nb", "a\r\nb",
    '"', "'", "\t", "收集范围", "网格", "司机", "①", "〇", "\u3000", "٠١", "JY٠١", "²", "Ⅷ",
)  # fmt: skip
_MERGE = b'<mergeCells><mergeCell ref="A2:A4"/></mergeCells>'
_XML = (
    (rb"<v>[^<]*</v>", (b"<v>-1</v>", b"<v>9999999999</v>", b"<v>1e999</v>", b"<v>x</v>", b"<v/>")),
    (rb' t="\w+"', (b' t="d"', b' t="b"', b' t="e"', b' t="n"', b' t="str"', b' t="x"', b"")),
    (rb' r="\w+"', (b' r="A0"', b' r="ZZZZ1"', b' r="A1048577"', b' r="1A"', b' r=""', b"")),
    (rb' s="\d+"', (b' s="99"', b' s="-1"', b' s="x"')),
    (rb' numFmtId="\d+"', (b' numFmtId="14"', b' numFmtId="999"', b' numFmtId="x"')),
    (rb' ref="[^"]*"', (b' ref="A1"', b' ref="B2:A1"', b' ref="A1:XFD9"', b' ref="x"', b' ref=""',
                           b' ref="1:9"')),
    (rb"<sheetData>", (_MERGE + b"<sheetData>", b"<a>", b"")),
    (rb' Target="[^"]*"', (b' Target="/x.xml"', b' Target="../../a"', b' Target=""', b"")),
    (rb' name="[^"]*"', (b' name=""', b' name="&#0;"', b' name="' + b"x" * 99 + b'"')),
    (rb'encoding="[^"]*"', (b'encoding="utf-16"', b'encoding="x"', b'encoding="gb18030"')),
    (rb"\?>", (b'?><!DOCTYPE a [<!ENTITY b "c">]>', b"?><!-- a -->")),
    (rb"<\w+", (b"<a", b"<", b"<x:y")),
)  # fmt: skip


class File(NamedTuple):
    """A file of a notice."""

    ending: str
    content: bytes


class Notices(Subject):
    """A notice becomes a plan and a report of what was decided, or is refused by name."""

    name: ClassVar[str] = "notices"
    share: ClassVar[float] = 0.005

    def make(self, chance: random.Random) -> File:
        """Damage cells and rows, then the file."""
        rows = [list(HEADING), *map(list, ROWS)]
        for _ in range(chance.choice((0, 1, 1, 2, 3, 6))):
            _damage_rows(chance, rows)
        ending = chance.choice(("tsv", "tsv", "csv", "csv", "txt", "xlsx"))
        if ending == "xlsx":
            return File("xlsx", _damaged_workbook(chance, _workbook(rows)))
        text = io.StringIO()
        delimiter = "\t" if ending == "tsv" else chance.choice(",,;")
        csv.writer(text, delimiter=delimiter, lineterminator=chance.choice(("\n", "\r\n", "\r"))
                   ).writerows(rows)  # fmt: skip
        encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16"))
        content = text.getvalue().encode(encoding)
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            content = chance.choice(BYTE_DAMAGES)(chance, content)
        return File(ending, content)

    def throw(self, made: object) -> bool:
        """Import it, and write what an import writes."""
        assert isinstance(made, File)
        path = self.folder / f"notice.{made.ending}"
        path.write_bytes(made.content)
        try:
            imported = import_notice(path, TERMS)
        except GeofenceError as error:
            if len(str(error)) > 5000:
                raise ThroughError(f"a refusal of {len(str(error))} characters") from None
            check_seen(str(error).replace(str(self.folder), ""), "a refusal")
            return True
        check_no_formula(render_csv(imported.decisions), "import-report.csv")
        _check_report(imported)
        _check_plan(imported)
        return False


def _check_report(imported: Imported) -> None:
    text = render_markdown(imported, "notice")
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    told = [row for row in rows if not row.startswith("| row |")]
    if len(told) != len(imported.decisions):
        raise ThroughError("import-report.md has other rows than there are decisions")
    for row in told:
        check_row(row)


def _check_plan(imported: Imported) -> None:
    written = tomllib.loads(render_imported_plan(imported, "A notice."))
    ids = [grid["id"] for grid in written["grids"]] if imported.plan.grids else []
    if ids != [grid.id for grid in imported.plan.grids]:
        raise ThroughError("plan.toml names other grids than were imported")


def _damage_rows(chance: random.Random, rows: list[list[str]]) -> None:
    row = chance.choice(rows) if rows else []
    roll = chance.random()
    if roll < 0.6 and row:
        row[chance.randrange(len(row))] = _cell(chance)
    elif roll < 0.7:
        rows.insert(chance.randrange(len(rows) + 1), list(row))
    elif roll < 0.78 and row:
        row.pop(chance.randrange(len(row)))
    elif roll < 0.86:
        row.insert(chance.randrange(len(row) + 1), _cell(chance))
    elif roll < 0.9 and len(rows) > 1:
        rows.remove(row)
    elif roll < 0.95:
        chance.shuffle(row)
    else:
        rows.insert(0, [_cell(chance) for _ in range(chance.choice((0, 1, 3)))])


def _cell(chance: random.Random) -> str:
    return chance.choice(_CELLS) if chance.random() < 0.5 else hostile_name(chance)


def _workbook(rows: list[list[str]]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            # what XML cannot hold is put in by damage
            shown = "".join(each for each in value if each.isprintable() or each in "\n\t")
            cell = sheet.cell(number, column)
            cell.value = shown[:32000]
            cell.data_type = "s"
    saved, out = io.BytesIO(), io.BytesIO()
    workbook.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(out, "w") as kept:
        for name in parts.namelist():  # without the time of day
            part = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2022-03-25T00:00:00Z", parts.read(name))
            kept.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _damaged_workbook(chance: random.Random, content: bytes) -> bytes:
    roll = chance.random()
    if roll < 0.25:
        return content
    if roll < 0.4:
        for _ in range(chance.choice((1, 3, 20))):
            content = chance.choice(BYTE_DAMAGES)(chance, content)
        return content
    out = io.BytesIO()
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w", method) as kept:
        names = parts.namelist()
        struck = {chance.choice(names), "xl/worksheets/sheet1.xml"} if roll < 0.9 else set(names)
        for name in names:
            part = parts.read(name)
            if name in struck and chance.random() < 0.7:
                part = _damaged_part(chance, part)
            if name not in struck or chance.random() < 0.97:
                kept.writestr(zipfile.ZipInfo(name), part, method)
    written = out.getvalue()
    return _flipped_entry(chance, written) if chance.random() < 0.1 else written


def _damaged_part(chance: random.Random, part: bytes) -> bytes:
    for _ in range(chance.choice((1, 2, 4))):
        if chance.random() < 0.2:
            part = chance.choice(BYTE_DAMAGES)(chance, part)
            continue
        pattern, news = chance.choice(_XML)
        places = list(re.finditer(pattern, part))
        if places:
            place = chance.choice(places)
            part = part[: place.start()] + chance.choice(news) + part[place.end() :]
    return part


def _flipped_entry(chance: random.Random, content: bytes) -> bytes:
    """Change flags, method or sizes in a directory entry: encrypted, unknown, too large."""
    at = content.rfind(b"PK\x01\x02", 0, chance.randrange(len(content) // 2, len(content)))
    if at < 0:
        return zlib.compress(content)
    place = at + chance.choice((8, 10, 16, 20, 24, 28, 42))
    return content[:place] + chance.randbytes(1) + content[place + 1 :]
