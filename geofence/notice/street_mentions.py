"""From one cell of a notice to the streets it names.

``迎泽南北/东西街`` is two streets, ``康乐东西街`` one, ``永泰南路(九州一七里村)`` one with its
ends, ``三`` none. Every reading that is not plain is told as a `Finding`.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from geofence.notice.decision import DecisionCode, Finding
from geofence.notice.latin_streets import is_range, is_street_name, names_in

_SEPARATORS = ",;、。\n\r\t|"
_NUMERALS = "〇零一二三四五六七八九十百0-9"
_DIRECTIONS = "东南西北中前后"
_WORD = r"(?:大街|大道|街|路|巷|道|胡同|弄)"
_NIGHT = re.compile(r"\([^()]*夜[岗班间][^()]*\)|夜[岗班间](?:收集|作业)?$")
_RANGE_DASH = re.compile(r"\s*(?:[-‐‑‒–—―−─~〜]+|至|到)\s*")
_BRACKET = re.compile(r"([^()]+)\(([^()]+)\)")
_CORE_AND_WORD = re.compile(rf"(.*?)({_WORD})?")
_SHORT_NUMBER = re.compile(rf"[{_NUMERALS}]+")
_SHORT_DIRECTION = re.compile(rf"[{_DIRECTIONS}]{{1,3}}")
_SHORT_BOTH = re.compile(rf"([{_DIRECTIONS}])[{_NUMERALS}]+")
_FRAGMENT = re.compile(rf"(?:[{_NUMERALS}]|[\W_])*|.")
_PART = re.compile(r"(?:段|延|延伸|延长线|单线)$")
_BRANCH = re.compile(r"支[路巷线街]$")
_PLACE_ENDING = re.compile(rf"(?:{_WORD}|桥|里)(?:[东西南北中A-Z]?段|[东西南北]?延(?:伸|长线)?)?$")
_AREA = re.compile(r"周边|外围|附近")
_DIRECTION_PAIR = re.compile(rf"(?:东西|南北){_WORD}$")
_CHINESE_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class StreetMentions:
    """The streets of a cell, in the order of the cell."""

    streets: tuple[str, ...]
    night_shift: bool
    findings: tuple[Finding, ...]


def read_streets(cell: str) -> StreetMentions:
    """Split one cell into the streets it names."""
    text = unicodedata.normalize("NFKC", cell).strip()
    findings: list[Finding] = []
    mentions = _split(text, findings)
    streets: list[str] = []
    night = 0
    for mention in mentions:
        name = _NIGHT.sub("", mention).strip()
        if name != mention:
            night += 1
            findings.append(Finding(DecisionCode.NIGHT_SHIFT, mention, f"night shift of {name}"))
        streets.extend(_streets_of(name, findings) if name else ())
    if 0 < night < len(mentions):
        findings.append(
            Finding(DecisionCode.NIGHT_SHIFT_OF_SOME, text, "the whole grid is on the night shift")
        )
    return StreetMentions(_counted(streets, findings), night > 0, tuple(findings))


def is_street(name: str) -> bool:
    """Whether a name has a word of streets, bridges or quarters where names have one."""
    return _PLACE_ENDING.search(name) is not None or is_street_name(name)


def _split(text: str, findings: list[Finding]) -> list[str]:
    """Cut at separators outside brackets."""
    balanced = _is_balanced(text)
    if not balanced:
        findings.append(
            Finding(DecisionCode.BRACKET_UNBALANCED, text, "cut at every separator, bracket or not")
        )
    pieces, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character in _SEPARATORS and (depth == 0 or not balanced):
            pieces.append("")
        else:
            pieces[-1] += character
    mentions: list[str] = []
    for piece in pieces:
        names = _CHINESE_GAP.split(piece.strip())
        if len(names) > 1 and "(" not in piece:
            findings.append(Finding(DecisionCode.SPACE_SPLIT, piece, " and ".join(names)))
            mentions.extend(names)
        elif piece.strip():
            mentions.append(piece.strip())
    return mentions


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


def _streets_of(mention: str, findings: list[Finding]) -> list[str]:
    """Read one mention, rid of its shift."""
    if _FRAGMENT.fullmatch(mention):
        findings.append(Finding(DecisionCode.STREET_FRAGMENT, mention, "no street made of it"))
        return []
    if "(" in mention or ")" in mention:
        return [_bracketed(mention, findings)]
    if is_range(mention):
        findings.append(Finding(DecisionCode.STREET_RANGE, mention, f"street {mention}"))
        return [mention]
    if len(names := names_in(mention)) > 1:
        findings.append(Finding(DecisionCode.STREET_SHORTHAND, mention, " and ".join(names)))
        return names
    if "/" in mention:
        return _slashed(mention, findings)
    if _DIRECTION_PAIR.search(mention):
        findings.append(Finding(DecisionCode.DIRECTION_PAIR_KEPT, mention, f"one street {mention}"))
    elif _PART.search(mention):
        findings.append(Finding(DecisionCode.PART_KEPT, mention, f"street {mention}"))
    elif _AREA.search(mention) or not is_street(mention):
        findings.append(Finding(DecisionCode.PLACE_KEPT, mention, f"street {mention}"))
    return [mention]


def _bracketed(mention: str, findings: list[Finding]) -> str:
    match = _BRACKET.fullmatch(mention)
    ends = _range_ends(match.group(2)) if match else None
    if match and ends:
        street = f"{match.group(1)}({ends[0]}—{ends[1]})"
        note = "" if _RANGE_DASH.search(match.group(2)) else "; 一 read as a dash"
        findings.append(Finding(DecisionCode.STREET_RANGE, mention, f"street {street}{note}"))
        return street
    in_words = match is not None and is_range(match.group(2))
    code = DecisionCode.STREET_RANGE if in_words else DecisionCode.BRACKET_KEPT
    findings.append(Finding(code, mention, f"one street {mention}"))
    return mention


def _range_ends(inside: str) -> tuple[str, str] | None:
    """Give the two ends of ``A-B``; 一 counts as a dash if it can be one in one place only."""
    ends = _RANGE_DASH.split(inside.removeprefix("从"))
    if len(ends) == 1:
        places = [at for at in range(2, len(inside) - 2) if inside[at] == "一"]
        if len(places) == 1:
            ends = [inside[: places[0]], inside[places[0] + 1 :]]
    ends = [end.strip() for end in ends]
    return (ends[0], ends[1]) if len(ends) == 2 and all(ends) else None


def _slashed(mention: str, findings: list[Finding]) -> list[str]:
    """Write out ``新开西三路/四路`` and ``迎泽南北/东西街``; full names are taken as they are."""
    parts = [_core_and_word(part.strip()) for part in mention.split("/")]
    cores, words = [core for core, _ in parts], [word for _, word in parts]
    for index in range(len(words) - 2, -1, -1):  # 南北/东西街: the word stands at the end only
        words[index] = words[index] or words[index + 1]
    streets = [cores[0] + words[0]]
    for index in range(1, len(cores)):
        stem = _stem(cores[index - 1], cores[index])
        if stem is None or not all(words) or not cores[0]:
            findings.append(Finding(DecisionCode.SLASH_KEPT, mention, f"one street {mention}"))
            return [mention]
        cores[index] = stem + cores[index]
        streets.append(cores[index] + words[index])
    findings.append(Finding(DecisionCode.STREET_SHORTHAND, mention, " and ".join(streets)))
    return streets


def _core_and_word(name: str) -> tuple[str, str]:
    match = _CORE_AND_WORD.fullmatch(name)
    return (match.group(1), match.group(2) or "") if match else (name, "")


def _stem(previous: str, core: str) -> str | None:
    """Give what `core` shares with `previous`: all before the tail of the same kind as `core`.

    The empty string if `core` is a full name itself, None if nothing of its kind is there.
    """
    if _SHORT_NUMBER.fullmatch(core):
        tail = rf"[{_NUMERALS}]+$"
    elif _SHORT_DIRECTION.fullmatch(core):
        tail = rf"[{_DIRECTIONS}]{{{len(core)}}}$"
    elif _SHORT_BOTH.fullmatch(core):
        tail = rf"[{_DIRECTIONS}][{_NUMERALS}]+$"
    else:
        return "" if core else None
    match = re.search(tail, previous)
    return previous[: match.start()] or None if match else None


def _counted(streets: list[str], findings: list[Finding]) -> tuple[str, ...]:
    """Give numbers to branches that are named several times; keep any other street once."""
    times = Counter(streets)
    told: set[str] = set()
    result: list[str] = []
    for street in streets:
        if times[street] == 1:
            result.append(street)
            continue
        if street in told:
            continue
        told.add(street)
        if _BRANCH.search(street):
            branches = [f"{street}{number}" for number in range(1, times[street] + 1)]
            result.extend(branches)
            findings.append(
                Finding(
                    DecisionCode.BRANCHES_NUMBERED,
                    f"{street} ×{times[street]}",
                    f"{times[street]} streets: {', '.join(branches)}",
                )
            )
        else:
            result.append(street)
            findings.append(
                Finding(DecisionCode.STREET_REPEATED, f"{street} ×{times[street]}", "one street")
            )
    return tuple(dict.fromkeys(result))  # a numbered branch may be named outright as well
