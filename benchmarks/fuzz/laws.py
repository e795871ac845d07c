"""What must hold of a shown text, looked at with the means of whoever reads it."""

import csv
import io
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

from benchmarks.fuzz.subject import ThroughError

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_SIGNS = tuple("=+-@＝＋－＠")
_NUMBER = re.compile(r"[+-]?[\d.]+")
_MARKDOWN = re.compile(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#|~!&$]")
_CHAT = frozenset("*_~`#<>[](){}|\\@!&$")

Tags = Counter[tuple[str, tuple[str, ...]]]


def check_seen(text: str, where: str, lines: int = 1) -> None:
    """Hold that nothing turns, hides or commands a terminal, and that lines are as many."""
    if text.isprintable() and lines == 1:
        return
    for character in text:
        if character not in "\n" + _JOINERS and unicodedata.category(character) in _UNSEEN:
            raise ThroughError(f"{where}: U+{ord(character):04X} stands in {text!a:.200}")
    if text.count("\n") + 1 != lines:
        raise ThroughError(f"{where}: {text.count(chr(10)) + 1} lines instead of {lines}")


def check_no_formula(content: str, where: str) -> None:
    """Hold that no spreadsheet, whatever parts its cells, finds a formula in CSV."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(lines), delimiter=delimiter):
            for told in row:
                if told.strip(' "\t\r\n').startswith(_SIGNS) and not _NUMBER.fullmatch(told):
                    raise ThroughError(f"{where}: {told!a:.200} is a formula")


def check_markdown(text: str, where: str) -> None:
    """Hold that every character that Markdown takes for markup has a backslash before it."""
    if found := _MARKDOWN.search(text):
        raise ThroughError(f"{where}: {found.group()!a} is markup in {text!a:.200}")
    check_seen(text, where)


def check_row(row: str) -> None:
    """Hold that a row of import-report.md has its four cells, and none has markup."""
    cells = re.split(r"(?<!\\)\|", row)
    if len(cells) != 6 or cells[0] or cells[-1]:
        raise ThroughError(f"import-report.md: a row of {len(cells) - 2} cells: {row!a:.200}")
    for cell in cells[1:-1]:
        check_markdown(cell, "import-report.md")


def check_chat(text: str, where: str, lines: int = 1) -> None:
    """Hold that no chat finds markup, a mention or a link."""
    if found := _CHAT & set(text):
        raise ThroughError(f"{where}: {''.join(sorted(found))} in {text!a:.200}")
    if "://" in text:
        raise ThroughError(f"{where}: a link in {text!a:.200}")
    check_seen(text, where, lines)


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Tags = Counter()
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag, tuple(name for name, _ in attributes)] += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, _: str) -> None:
        self.tags["comment", ()] += 1


def tags_of(page: str) -> Tags:
    """Count tags with the names of their attributes as a browser finds them."""
    return _Page(page).tags


def check_html(page: str, tags: Tags, where: str) -> None:
    """Hold that a browser finds these tags and no other, and no mark in the text."""
    found = _Page(page)
    if found.tags != tags:
        raise ThroughError(f"{where}: other tags: {(found.tags - tags) or (tags - found.tags)}")
    text = "".join(found.text)
    check_seen(text, where, text.count("\n") + 1)
