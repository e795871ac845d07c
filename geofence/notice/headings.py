"""The headings of a published grid table, in Chinese, English, Spanish and Portuguese."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from geofence.notice.latin_streets import without_accents
from geofence.notice.table import Table
from geofence.notice.window_columns import (
    WindowColumn,
    WindowHeading,
    half_day_word,
    join_columns,
)

NEEDED = {"code": "网格编号", "streets": "收集范围", "vehicles": "收集车牌号"}
_HEADING_ROWS = 12
_LONGEST_WORD = 12
"""Of a heading that is but a word such as 上午 or 'Afternoon'."""

# Field, words that may stand within others, and words that stand alone, without accents. The first
# line of which a heading has a word tells its field; None is a column that is not read.
_FIELDS: tuple[tuple[str | None, str, str], ...] = (
    (
        None,
        "司机 驾驶 driver 序号 序號",
        "motorista motoristas conductor conductores chofer choferes condutor condutores",
    ),
    (
        "code",
        "网格 網格 grid",
        "cuadricula cuadriculas quadricula quadriculas grade malha",
    ),
    (
        "streets",
        "范围 範圍 路段 街 street",
        (
            "road roads calle calles tramo tramos recorrido rua ruas logradouro logradouros trecho"
            " trechos vias"
        ),
    ),
    (
        "vehicles",
        "车牌 車牌 车号 車號 plate vehicle",
        (
            "truck trucks registration placa placas patente patentes matricula matriculas vehiculo"
            " vehiculos camion camiones veiculo veiculos viatura viaturas caminhao caminhoes"
        ),
    ),
    (
        "contact",
        "电话 電話 联系 聯繫 负责人 負責人 contact",
        "phone telephone tel contato telefono telefone responsable responsavel",
    ),
    (
        "windows",
        "时间 時間 时段 時段 window",
        (
            "time times hours schedule hora horas horario horarios turno turnos ventana ventanas"
            " janela janelas"
        ),
    ),
    (
        "operator",
        "单位 單位 公司 operator",
        "company contractor operador empresa empresas contratista concesionaria concessionaria",
    ),
    # said of much else too: only where no heading above says code
    ("code", "", "code codigo area zone zona sector setor route ruta rota"),
)
_RANKS = tuple(
    (field, tuple(within.split()), frozenset(alone.split())) for field, within, alone in _FIELDS
)
_NEVER_TIMES = {
    "date", "fecha", "data", "street", "calle", "rua", "address", "direccion", "endereco", "point",
    "punto", "ponto", "place", "km", "location",
}  # fmt: skip
_ENDS: tuple[tuple[str, str, set[str], set[str]], ...] = (
    ("start", "开始|開始|起始|起",
     {"start", "starts", "begin", "begins", "from", "inicio", "inicial", "desde", "comienzo",
      "comeco"},
     {"de", "das"}),
    ("end", "结束|結束|终止|終止|截止|截至|止|终|迄",
     {"end", "ends", "finish", "to", "until", "fin", "final", "fim", "termino", "hasta", "ate",
      "finalizacion", "encerramento"},
     {"a", "as"}),
)  # fmt: skip
_WORK = "(?:收集|收运|清运|作业|服务|工作)?"
_CHINESE_END = {
    kind: re.compile(
        rf".{{0,8}}?(?:{words}){_WORK}(?:时间|時間|时刻|时点|时|時)?[\W\d一二三四五]*(?:\(.*\))?"
    )
    for kind, words, _, _ in _ENDS
}


@dataclass(frozen=True, slots=True)
class Headings:
    """Where a table says what."""

    first_row: int
    """Index of the first row below them."""
    columns: dict[str, int]
    """The column of each field; of ``windows`` the first one."""
    windows: tuple[WindowColumn, ...]
    width: int
    """How many cells the headings have, blank ones counted."""


def find_headings(table: Table) -> Headings | None:
    """Find the row of headings among the first ones of a table; None if there is none."""
    for index, row in enumerate(table.rows[:_HEADING_ROWS]):
        columns = _columns(row)
        if not set(NEEDED) <= set(columns):
            continue
        below = index + 1
        headings = [_window_heading(column, cell) for column, cell in enumerate(row)]
        over = _second_row(table, below, row)
        width = len(row)
        if over:
            width = max(width, len(table.rows[below]))
            headings = [heading for heading in headings if heading and heading.at not in over]
            headings += over.values()
            below += 1
        windows = join_columns(
            sorted((each for each in headings if each), key=lambda each: each.at),
            table.rows[below:],
        )
        columns.pop("windows", None)
        if windows:
            columns["windows"] = windows[0].at
        return Headings(below, columns, windows, width)
    return None


def _columns(row: Sequence[str]) -> dict[str, int]:
    best: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(row):
        rank = _rank(cell)
        if rank is not None and (field := _RANKS[rank][0]) is not None:
            best[field] = min(best.get(field, (rank, column)), (rank, column))
    return {field: column for field, (_, column) in best.items()}


def _rank(cell: str) -> int | None:
    heading, words = "".join(_plain(cell).split()), _latin_words(cell)
    return next(
        (
            rank
            for rank, (_, within, alone) in enumerate(_RANKS)
            if any(word in heading for word in within) or not words.isdisjoint(alone)
        ),
        None,
    )


def _field(cell: str) -> str | None:
    """Give the field of a heading, "" if it has none, None if it is not to be read."""
    rank = _rank(cell)
    return "" if rank is None else _RANKS[rank][0]


def _window_heading(column: int, cell: str) -> WindowHeading | None:
    """Read a heading as one of windows, starts or ends; None if it is none."""
    field = _field(cell)
    if field not in {"windows", ""}:
        return None
    text, words = _plain(cell), _latin_words(cell)
    kinds = [
        kind
        for kind, _, among, alone in _ENDS
        if _CHINESE_END[kind].fullmatch("".join(text.split()))
        or (words & among and words.isdisjoint(_NEVER_TIMES))
        or (len(words) == 1 and words <= alone)
    ]
    if len(kinds) == 1 and not re.search("起.*止", text):
        of_times = field == "windows" or re.search("[时時]", text) is not None
        return WindowHeading(column, kinds[0], text, of_times)
    return WindowHeading(column, "windows", text, of_times=True) if field == "windows" else None


def _second_row(table: Table, index: int, above: Sequence[str]) -> dict[int, WindowHeading]:
    """Give what a second row of headings says: 开始 and 结束, or 上午 and 下午, below 收集时间."""
    if index >= len(table.rows):
        return {}
    found: dict[int, WindowHeading] = {}
    for column, (cell, top) in enumerate(zip(table.rows[index], _overhead(above), strict=False)):
        if not cell or cell == top:
            continue
        heading = _window_heading(column, cell)
        if heading is None and len(cell) <= _LONGEST_WORD and half_day_word(_plain(cell)):
            heading = WindowHeading(column, "windows", _plain(cell), of_times=True)
        if heading is None or _field(top) != "windows":
            return {}
        found[column] = replace(heading, of_times=True)
    return found


def _overhead(row: Sequence[str]) -> Iterator[str]:
    """Give for each column the heading above it, which may be merged with that to its left."""
    last = ""
    for cell in row:
        last = cell or last
        yield last
    while True:
        yield last


def _plain(cell: str) -> str:
    """Give a heading in small letters of one width, its blanks single ones."""
    return " ".join(unicodedata.normalize("NFKC", cell).lower().split())


def _latin_words(cell: str) -> set[str]:
    """Give the Latin words of a heading without their accents; StartTime is two of them."""
    letters = re.sub("(?<=[a-z])(?=[A-Z])", " ", without_accents(cell))
    return set(re.findall("[a-z]+", letters.lower()))
