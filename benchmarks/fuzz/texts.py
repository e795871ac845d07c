"""Hostile names on their way into every kind of text that people are shown.

Cheap outlets take most inputs; a whole page, a terminal's table and a whole report take few.
"""

import csv
import io
import random
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd
import structlog
from rich.console import Console

from analytics.alerts.alert import AlertState, Event, Message
from analytics.alerts.text import text_of
from analytics.history.change_report import change_line
from analytics.history.history import Change
from analytics.reports.formats.table_files import csv_files
from analytics.reports.tables.cells import column_texts
from analytics.reports.tables.report import Report
from analytics.reports.tables.views import Column, Kind
from analytics.wording.words import Language, Words
from analytics.worklist.files import worklist_csv
from benchmarks.fuzz.laws import (
    Tags,
    check_chat,
    check_html,
    check_markdown,
    check_no_formula,
    check_row,
    check_seen,
    tags_of,
)
from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from geofence.notice.notice import Imported
from geofence.notice.report import render_csv, render_imported_plan, render_markdown
from geofence.plan.plan import Operator, Plan
from ingest.plain_text import cell, harmless, plain, unmarked
from ingest.program_log import log_to_stderr
from ingest.settings.alerts import AlertKind
from tests.fixtures.conditions import FACTS, condition
from tests.fixtures.hostile_names import TAME, hostile_report
from tests.fixtures.missed_streets import listed, miss
from tests.fixtures.report_pages import (
    Decision,
    DecisionCode,
    cell_text,
    few_pages,
    page,
    renamed_page,
    write_xlsx,
)

_ZONE = ZoneInfo("Asia/Shanghai")
_KINDS, _EVENTS = tuple(AlertKind), tuple(Event)
_CODES = tuple(DecisionCode)


class Shown(NamedTuple):
    """Names, and where they are shown."""

    outlet: str
    names: tuple[str, ...]
    choice: int
    """Chooses what else is to be chosen, such as the language."""


class Texts(Subject):
    """No name puts markup, a formula, a control or a mark of direction through."""

    name: ClassVar[str] = "texts"
    share: ClassVar[float] = 0.169

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._outlets: dict[str, tuple[float, Callable[[Shown], None]]] = {
            "plain": (200, self._plain),
            "csv": (200, self._csv),
            "chat": (200, self._chat),
            "alert": (150, self._alert),
            "log": (100, self._log),
            "cell": (60, self._cell),
            "import report": (60, self._import_report),
            "change": (30, self._change),
            "terminal": (5, self._terminal),
            "page": (3, self._page),
            "work list": (3, self._worklist),
            "report": (0.2, self._report_files),
        }
        self._names = list(self._outlets)
        self._weights = list(accumulate(weight for weight, _ in self._outlets.values()))
        self._written = io.StringIO()
        self._logger = self._open_log()

    def make(self, chance: random.Random) -> Shown:
        """Put six names together, and choose where they are shown."""
        (outlet,) = chance.choices(self._names, cum_weights=self._weights)
        many = 6 if outlet == "report" else 2
        names = tuple(hostile_name(chance) for _ in range(many))
        return Shown(outlet, names, chance.randrange(1 << 30))

    def throw(self, made: object) -> bool:
        """Show the names."""
        assert isinstance(made, Shown)
        self._outlets[made.outlet][1](made)
        return False

    def _plain(self, made: Shown) -> None:
        for name in made.names:
            shown = plain(name)
            check_seen(shown, "plain")
            if plain(shown) != shown:
                raise ThroughError("plain of plain is another")
            check_seen(cell(name).plain, "a cell of a terminal's table")
            shown = cell_text(name)
            check_seen(shown, "a cell of a workbook")

    def _csv(self, made: Shown) -> None:
        first, second = map(harmless, made.names)
        if harmless(first) != first:
            raise ThroughError("harmless of harmless is another")
        text = io.StringIO()
        csv.writer(text).writerow([first, 1.5, second])
        check_no_formula(text.getvalue(), "CSV")

    def _chat(self, made: Shown) -> None:
        for name in made.names:
            sent = unmarked(name)
            check_chat(sent, "chat", sent.count("\n") + 1)

    def _alert(self, made: Shown) -> None:
        first, second = made.names
        kind = _KINDS[made.choice % len(_KINDS)]
        event = _EVENTS[made.choice // 8 % len(_EVENTS)]
        language = Language.ZH if made.choice & 64 else Language.EN
        many = 2 if made.choice & 128 else 1
        known = msgspec.structs.replace(
            FACTS, grid_id=first, vehicles=(second,), streets=(first, second), unknown=(second,)
        )
        alerts = (AlertState(condition(kind, second).key, known),) * many
        told = text_of(Message(event, alerts), tuple(range(many)), _ZONE, language.value)
        check_seen(told.title, "an alert's title")
        check_seen(told.body, "an alert", many)
        check_chat(unmarked(told.title), "a title in a chat")
        check_chat(unmarked(told.body), "an alert in a chat", many)

    def _open_log(self) -> Any:  # noqa: ANN401 - structlog's loggers are of any kind
        before = structlog.get_config()
        log_to_stderr()
        processors = structlog.get_config()["processors"]
        structlog.configure(**before)
        return structlog.wrap_logger(structlog.WriteLogger(self._written), processors=processors)

    def _log(self, made: Shown) -> None:
        first, second = made.names
        self._written.seek(0)
        self._written.truncate()
        self._logger.warning(first if made.choice & 1 else "lost", street=second,
                             error=ValueError(first), many=[second])  # fmt: skip
        line = self._written.getvalue()
        check_seen(line.removesuffix("\n"), "a line of the log")

    def _cell(self, made: Shown) -> None:
        frame = pd.DataFrame({"street": list(made.names)}, dtype="str")
        words = _words(made)
        kind = Kind.TEXT if made.choice & 2 else Kind.WORD
        for text in column_texts(frame, Column("street", kind, "verdict"), words, _ZONE):
            check_seen(text, "a cell of a report")

    def _import_report(self, made: Shown) -> None:
        first, second = made.names
        code = _CODES[made.choice % len(_CODES)]
        decision = Decision(2, first, code, second, f"kept as read: {first}")
        check_no_formula(render_csv([decision]), "import-report.csv")
        plan = Plan(first, "Asia/Shanghai", date(2022, 3, 25), (Operator("a", second),), (), (), "")
        imported = Imported(plan, (decision,), (first,))
        lines = render_markdown(imported, second).splitlines()
        check_markdown(lines[0].removeprefix("# Import of "), "a heading of import-report.md")
        check_row(lines[-1])
        written = tomllib.loads(render_imported_plan(imported, f"Imported from {first}"))
        if (written["name"], written["operators"][0]["name"]) != (first, second):
            raise ThroughError("plan.toml holds other names")

    def _change(self, made: Shown) -> None:
        first, second = made.names
        change = Change(
            date(2022, 3, 28), first, "07:00-10:00", second, "unknown", "served", "late_pings", 2, 0
        )
        told = change_line([change], 0, "Asia/Shanghai", _words(made).language)
        check_seen(told, "what changed")

    def _terminal(self, made: Shown) -> None:
        console = Console(file=io.StringIO(), width=2000)
        for name in made.names:
            console.print(cell(name))
        text = console.file.getvalue()  # type: ignore[attr-defined]
        check_seen(text, "a terminal", text.count("\n") + 1)

    def _worklist(self, made: Shown) -> None:
        first, second = made.names
        found = self._listed.assign(street=first, operator=second)
        check_no_formula(worklist_csv(found, _ZONE).decode("utf-8-sig"), "a work list")

    def _page(self, made: Shown) -> None:
        first, second = map(plain, made.names)
        words = _WORDS[Language.ZH]
        check_html(renamed_page(self._few, words, first, second), self._few_tags, "the page")

    def _report_files(self, made: Shown) -> None:
        report = _renamed_report(self._report, dict(zip(TAME, made.names, strict=True)))
        words = _words(made)
        for name, content in csv_files(report).items():
            check_no_formula(content.decode("utf-8-sig"), name)
        with zipfile.ZipFile(io.BytesIO(write_xlsx(report, words))) as parts:
            for name in parts.namelist():
                root = ET.fromstring(parts.read(name))  # noqa: S314 - our own
                kinds = {node.tag.partition("}")[2] for node in root.iter()}
                if kinds & {"f", "hyperlink", "drawing", "legacyDrawingHF"}:
                    raise ThroughError(f"report.xlsx: {name} has more than text")
        check_html(page(report, words), self._report_tags[words.language], "report.html")

    @cached_property
    def _listed(self) -> pd.DataFrame:
        return listed(miss("近街"))

    @cached_property
    def _report(self) -> Report:
        return hostile_report(TAME)

    @cached_property
    def _report_tags(self) -> dict[Language, Tags]:
        return {language: tags_of(page(self._report, words)) for language, words in _WORDS.items()}

    @cached_property
    def _few(self) -> Any:  # noqa: ANN401 - private to its wing
        return few_pages(self._report, _WORDS[Language.ZH])

    @cached_property
    def _few_tags(self) -> Tags:
        return tags_of(renamed_page(self._few, _WORDS[Language.ZH], "a", "b"))


def _words(made: Shown) -> Words:
    return _WORDS[Language.ZH if made.choice & 1 else Language.EN]


_WORDS = {language: Words(language) for language in Language}


def _renamed_report(report: Report, names: dict[str, str]) -> Report:
    frames = {
        view: frame.assign(
            **{
                column: frame[column].map(lambda value: names.get(value, value)).astype("str")
                for column in frame.columns
                if pd.api.types.is_string_dtype(frame[column].dtype)
            }
        )
        for view, frame in report.frames.items()
    }
    return replace(report, frames=frames, plan_name=names[TAME[5]])
