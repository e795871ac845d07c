"""Texts from outside (names of streets, operators, vehicles, plans), fit for where they are shown.

Everybody who writes a plan, a notice or a message chooses such texts. What shows them escapes its
own markup by its own means (HTML, Excel's cells, typst); what is here takes from a text
what means something everywhere or in a place that has no escape: controls and marks that turn the
direction of writing, formulas in CSV, markup in chats. Files for machines (Parquet, GeoJSON, JSON)
hold texts as they are.
"""

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_KEPT = "\u200c\u200d"
"""Invisible, but some scripts and emoji are not written without."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\s\"]*[=+\-@\t\r\n＝＋－＠])")
_MARKED = "*_~`#<>[](){}|\\@!&$"
_UNMARKED = {ord(character): chr(ord(character) + 0xFEE0) for character in _MARKED}


def plain(text: str, *, keep: str = "") -> str:
    r"""Show what cannot be seen as an escape, such as ``\\u202e`` or ``\\n``.

    Controls, marks that turn the direction of writing, other characters without a shape, line and
    paragraph separators, halves of surrogate pairs and what Unicode says is no character.

    Parameters
    ----------
    keep
        Characters that are left as they are, such as line feeds.
    """
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if _is_unseen(character) and character not in keep
        else character
        for character in text
    )


def harmless(text: str) -> str:
    """Write a text into CSV so that no spreadsheet takes it for a formula: an apostrophe before.

    Also where it goes on after a semicolon, at which a spreadsheet of another country begins a
    cell. Given its own result it gives the same.
    """
    return _FORMULA.sub(r"\1'", plain(text, keep="\t\r\n"))


def unmarked(text: str) -> str:
    """Write what chats take for markup, mentions or links in full width, which none does.

    Chats differ in what they escape and how, and some have no escape at all.
    """
    return plain(text, keep="\n").translate(_UNMARKED).replace("://", "：//")


def cell(value: object) -> "Text":
    """Write a value as a cell of a table on a terminal, where brackets would be markup."""
    from rich.text import Text

    return Text(plain(str(value)))


def _is_unseen(character: str) -> bool:
    if character in _KEPT:
        return False
    code = ord(character)
    is_no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_no_character or unicodedata.category(character) in _UNSEEN
