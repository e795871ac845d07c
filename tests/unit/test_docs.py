"""The documentation keeps pace with the program: commands, settings, codes, columns and links."""

import inspect
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import typer
from rich.cells import cell_len
from typer.core import TyperGroup
from typer.testing import CliRunner

from analytics.live.status import Status
from analytics.tracking.faults import TRACKING_MEANINGS, TrackingCode
from analytics.verdicts.flags import FLAG_MEANINGS, Flag
from analytics.verdicts.judge import GRID_DTYPES, STREET_DTYPES
from analytics.verdicts.verdict import Verdict
from geofence.difference.change import CHANGE_MEANINGS, ChangeKind
from geofence.locating.resolution import (
    KIND_MEANINGS,
    MATCH_MEANINGS,
    REASON_MEANINGS,
    REMARK_MEANINGS,
)
from geofence.notice.decision import DECISION_MEANINGS, DecisionCode
from geofence.plan.fault import FAULT_MEANINGS, FaultCode
from geofence.plan.plan import RULE_NAMES, ServiceRules
from geofence.review.warning import WARNING_MEANINGS, WarningCode
from ingest.decoding.rejection import RejectionCode
from ingest.ping import PING_COLUMNS, RECEIVED_COLUMN
from ingest.settings.settings import ENVIRONMENT_PREFIX, Settings
from ingest.tasks import BITS
from pingcheng import app
from simulators.receivers.scenario import Scenario
from simulators.truth.truth import TRUTH_COLUMNS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

FENCE = re.compile(
    r"^(?P<mark>```+)(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=mark)$", re.MULTILINE | re.DOTALL
)
HEADING = re.compile(r"^(#+) +(.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|$", re.MULTILINE)
MADE = {"tests/browser/artefacts/"}
"""Paths that are made by a run."""
COMMENT = re.compile(r"(^|[ \t]+)#.*$", re.MULTILINE)
SHELLS = {"sh", "bash", "shell", "console"}

CODES: dict[str, Mapping[str, str]] = {
    "Rejections": {code: code.meaning for code in RejectionCode},
    "Faults of a plan": FAULT_MEANINGS,
    "Warnings of a plan": WARNING_MEANINGS,
    "Changes of a plan": CHANGE_MEANINGS,
    "Decisions on a notice": DECISION_MEANINGS,
    "Kinds of mentions": KIND_MEANINGS,
    "Matches of names": MATCH_MEANINGS,
    "Reasons of unlocated mentions": REASON_MEANINGS,
    "Remarks on located mentions": REMARK_MEANINGS,
    "Flags of a grid": FLAG_MEANINGS,
    "Tracking faults": TRACKING_MEANINGS,
}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def section_of(page: Path, title: str) -> str:
    """What stands under a heading, until the next one of any level."""
    text = text_of(page)
    without_code = FENCE.sub(lambda block: block[0].replace("#", "~"), text)  # same length
    headings = [*HEADING.finditer(without_code)]
    titles = [heading[2] for heading in headings]
    assert titles.count(title) == 1, f"{page.name} must have one heading {title!r}"
    place = titles.index(title)
    ends = [heading.start() for heading in headings[place + 1 :]]
    return text[headings[place].end() : min(ends, default=len(text))]


def rows_of(text: str) -> dict[str, list[str]]:
    """Table rows that begin with a code, by that code: the other cells."""
    return {
        code: [cell.strip() for cell in cells.split(" | ")] for code, cells in ROW.findall(text)
    }


def commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *above, name)
        if not isinstance(command, TyperGroup) or command.invoke_without_command:
            yield (*above, name)


def front_door() -> TyperGroup:
    door = typer.main.get_command(app)
    assert isinstance(door, TyperGroup)
    return door


COMMANDS = sorted(commands(front_door()))
every_command = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def examples_in(text: str) -> list[list[str]]:
    """Command lines of pingcheng in the shell blocks of a page, without its name."""
    found = []
    for block in FENCE.finditer(text):
        if block["language"] not in SHELLS:
            continue
        for line in block["body"].replace("\\\n", " ").splitlines():
            if "pingcheng" not in line:
                continue
            words: list[str] = []
            for word in [*shlex.split(line.removeprefix("$ "), comments=True), ";"]:
                if word not in {"&&", "||", "|", "&", ";", ">", "2>"}:
                    words.append(word)
                    continue
                if words and Path(words[0]).name == "pingcheng":
                    found.append(words[1:])
                elif words[1:3] == ["-m", "pingcheng"]:
                    found.append(words[3:])
                words = []
    return found


def command_of(words: list[str]) -> tuple[str, ...]:
    lengths = (length for length in (3, 2) if tuple(words[:length]) in COMMANDS)
    return tuple(words[: next(lengths, 1)])


@every_command
def test_help_lists_the_command(path):
    *group, name = path
    result = CliRunner().invoke(app, [*group, "--help"])
    assert result.exit_code == 0
    listed = {line.strip("│| ").partition(" ")[0] for line in result.output.splitlines()}
    assert (path[0] if not group else name) in listed


@every_command
def test_help_of_a_command_has_examples_and_exit_codes(path):
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert "Exit codes: 0 " in result.output
    assert f"pingcheng {' '.join(path)}" in result.output


@pytest.mark.parametrize("path", [("plan", "apply"), ("plan", "diff"), ("up",)])
def test_help_has_no_line_that_a_terminal_of_80_columns_breaks(path):
    command = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80"}).output
    shown_lines = {line.strip() for line in shown.splitlines()}
    written = inspect.cleandoc(command.callback.__doc__).splitlines()
    assert {line.strip() for line in written if line != "\b"} <= shown_lines


def test_no_help_breaks_an_example_or_a_line_of_a_paragraph_in_80_columns():
    broken = []
    for path in COMMANDS:
        command = front_door()
        for name in path:
            command = command.commands[name]
        for paragraph in inspect.cleandoc(command.callback.__doc__).split("\n\n"):
            lines = paragraph.splitlines()  # one alone is broken between words and stays one
            if len(lines) > 1:
                broken += [(path, line) for line in lines if cell_len(line) > 78]
    assert broken == []


@every_command
def test_an_unknown_option_is_wrong_use(path):
    result = CliRunner().invoke(app, [*path, "--no-such-option"])
    assert result.exit_code == 2
    assert "--no-such-option" in result.stderr


def test_exactly_the_commands_there_are_have_a_heading():
    headings = [title for level, title in HEADING.findall(prose_of(DOCS / "commands.md"))
                if level == "##"]  # fmt: skip
    assert sorted(headings) == sorted(f"`pingcheng {' '.join(path)}`" for path in COMMANDS)


@every_command
def test_a_command_has_an_example_under_its_heading(path):
    section = section_of(DOCS / "commands.md", f"`pingcheng {' '.join(path)}`")
    assert path in map(command_of, examples_in(section))


@every_page
def test_the_examples_of_a_page_are_commands_with_options_that_exist(page):
    for words in examples_in(text_of(page)):
        if "--help" in words:
            continue
        name = command_of(words)
        assert name in COMMANDS, f"there is no command pingcheng {' '.join(words)}"
        command = front_door()
        for word in name:
            command = command.commands[word]
        command.make_context(" ".join(name), words[len(name) :])  # raises if it does not parse


def test_every_setting_has_a_row_with_its_variable_and_default():
    rows = rows_of(section_of(DOCS / "settings.md", "Settings"))
    expected = {
        key: [
            f"`{ENVIRONMENT_PREFIX}{key.upper()}`",
            "none" if field.default is None else f"`{field.default}`",
        ]
        for key, field in Settings.model_fields.items()
    }
    assert {key: cells[:2] for key, cells in rows.items()} == expected


@pytest.mark.parametrize("title", CODES)
def test_exactly_the_codes_there_are_have_a_row_with_their_meaning(title):
    rows = rows_of(section_of(DOCS / "codes.md", title))
    assert {code: cells[0] for code, cells in rows.items()} == {
        str(code): meaning for code, meaning in CODES[title].items()
    }


@pytest.mark.parametrize(
    ("codes", "title"),
    [
        (FaultCode, "Faults of a plan"),
        (WarningCode, "Warnings of a plan"),
        (ChangeKind, "Changes of a plan"),
        (DecisionCode, "Decisions on a notice"),
        (Flag, "Flags of a grid"),
        (TrackingCode, "Tracking faults"),
    ],
)
def test_every_code_has_a_meaning(codes, title):
    assert set(CODES[title]) == set(codes)


@pytest.mark.parametrize("words", [Verdict, Status, Flag])
def test_every_word_of_a_verdict_is_defined(words):
    assert set(words) <= set(rows_of(text_of(DOCS / "verdicts.md")))


@pytest.mark.parametrize("name", RULE_NAMES)
def test_the_page_of_verdicts_tells_each_rule_with_its_default(name):
    told = re.findall(rf"`{name} = ([\d.]+)`", text_of(DOCS / "verdicts.md"))
    assert told, f"{name} is not mentioned with its default"
    assert {float(number) for number in told} == {getattr(ServiceRules(), name)}


@pytest.mark.parametrize(
    ("name", "columns"), [("streets.csv", STREET_DTYPES), ("grids.csv", GRID_DTYPES)]
)
def test_the_columns_of_a_table_are_told_in_their_order(name, columns):
    assert f"- `{name}`: `{', '.join(columns)}`" in text_of(DOCS / "verdicts.md")


@pytest.mark.parametrize(
    ("title", "columns"),
    [("Pings in a file", (*PING_COLUMNS, RECEIVED_COLUMN)), ("Truth", TRUTH_COLUMNS)],
)
def test_the_columns_of_a_file_have_a_row_each_in_their_order(title, columns):
    assert tuple(rows_of(section_of(DOCS / "data.md", title))) == columns


def test_every_task_has_a_row_with_its_number():
    rows = rows_of(section_of(DOCS / "data.md", "Tasks"))
    assert {name: int(cells[0]) for name, cells in rows.items()} == BITS


def test_every_scenario_has_a_row():
    assert set(rows_of(section_of(DOCS / "simulation.md", "Scenarios"))) == set(Scenario)


def test_exactly_the_targets_of_make_have_a_row():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {f"make {name}" for name in re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)}
    rows = rows_of(section_of(ROOT / "CONTRIBUTING.md", "Contributing"))
    assert set(rows) == targets - {"make help"}


PATH = re.compile(
    r"`((?:analytics|benchmarks|deploy|docs|findings|geofence|ingest|simulators|tests)/[\w./-]*)`"
)


@every_page
def test_every_path_that_a_page_names_is_there(page):
    told = set(PATH.findall(prose_of(page))) - MADE
    assert {path for path in told if not (ROOT / path).exists()} == set()


def anchors_of(page: Path) -> set[str]:
    """The fragments that headings of a page can be linked by, as GitHub makes them."""
    titles = (title.lower() for _, title in HEADING.findall(prose_of(page)))
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


@every_page
def test_every_relative_link_leads_somewhere(page):
    for link in LINK.findall(prose_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert target.exists(), f"{link} leads nowhere"
        if fragment:
            assert fragment in anchors_of(target), f"{link}: {target.name} has no such heading"


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Language and content of each code block; shell comments may be translated."""
    return [
        (block["language"], COMMENT.sub("", block["body"]).rstrip()
         if block["language"] in SHELLS else block["body"])
        for block in FENCE.finditer(text_of(page))
    ]  # fmt: skip


def test_the_chinese_readme_has_the_headings_and_code_of_the_english_one():
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"
    levels = [[level for level, _ in HEADING.findall(prose_of(page))]
              for page in (english, chinese)]  # fmt: skip
    assert levels[0] == levels[1]
    assert blocks_of(english) == blocks_of(chinese)
    assert blocks_of(english)
