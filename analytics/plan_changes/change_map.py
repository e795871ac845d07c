"""The changes of a plan's streets as one SVG: colours and dashes that everybody can tell apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from analytics.reports.drawing.drawing import COLOURS, GREY
from analytics.wording.words import Language
from geofence.difference.drawn_change import DrawnChange, Role
from ingest.plain_text import plain

MARGIN_SHARE = 0.03
LEAST_SIDE_M = 100.0
_ZH, _EN = Language.ZH, Language.EN


@dataclass(frozen=True, slots=True)
class Look:
    """How lines of a role are drawn."""

    colour: str
    width: float
    """In pixels of the screen, however large the map."""
    dashes: str
    words: dict[Language, str]


LOOKS: dict[Role, Look] = {
    Role.ROAD: Look("#e4e6ea", 1.0, "", {_ZH: "非作业道路", _EN: "road of no grid"}),
    Role.SAME: Look(GREY, 2.0, "", {_ZH: "不变", _EN: "as it was"}),
    Role.OTHERWISE: Look(
        COLOURS["late"],
        3.5,
        "9 3",
        {_ZH: "名称、网格或方向变化", _EN: "other name, grid or traffic"},
    ),
    Role.MOVED_FROM: Look(COLOURS["partial"], 2.5, "2 4", {_ZH: "原位置", _EN: "where it was"}),
    Role.MOVED: Look(COLOURS["partial"], 3.5, "", {_ZH: "重绘", _EN: "drawn anew"}),
    Role.GONE: Look(COLOURS["skipped"], 3.5, "4 4", {_ZH: "减少", _EN: "gone"}),
    Role.NEW: Look("#0072B2", 4.5, "", {_ZH: "增加", _EN: "new"}),
}
"""In the order in which they are drawn, what matters most on top."""


def draw_map(drawn: Sequence[DrawnChange], language: Language) -> str:
    """Draw a map; streets that changed bear their name as a tooltip and the grid as a class."""
    if not drawn:
        return ""
    low, high = _bounds(drawn)
    width, height = high - low
    groups = [_group(role, look, drawn, language) for role, look in LOOKS.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{low[0]:.1f} {-high[1]:.1f} '
        f'{width:.1f} {height:.1f}" preserveAspectRatio="xMidYMid meet">'
        + "".join(group for group in groups if group)
        + "</svg>"
    )


def legend(drawn: Sequence[DrawnChange], language: Language) -> list[tuple[Look, str]]:
    """Give the looks that the map has, what matters most first."""
    roles = {each.role for each in drawn}
    return [(look, look.words[language]) for role, look in reversed(LOOKS.items()) if role in roles]


def _group(role: Role, look: Look, drawn: Iterable[DrawnChange], language: Language) -> str:
    own = [each for each in drawn if each.role is role]
    if not own:
        return ""
    dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
    style = (
        f'<g class="{role.value}" fill="none" stroke="{look.colour}" stroke-width="{look.width}" '
        f'stroke-linecap="round"{dashes}>'
    )
    if role is Role.ROAD:  # one path: there may be very many
        return f'{style}<path d="{"".join(map(_path, own))}"/></g>'
    paths = []
    for each in own:
        title = escape(plain(f"{each.grid_id} {each.street} · {look.words[language]}"))
        grid = escape(plain(each.grid_id), quote=True)
        paths.append(
            f'<path data-grid="{grid}" d="{_path(each)}"><title>{title}</title></path>'
        )  # fmt: skip
    return f"{style}{''.join(paths)}</g>"


def _path(each: DrawnChange) -> str:
    """Write a line; north is up."""
    points = np.round(each.line * (1.0, -1.0), 1)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist())


def _bounds(drawn: Sequence[DrawnChange]) -> tuple[np.ndarray, np.ndarray]:
    points = np.concatenate([each.line for each in drawn])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.maximum(MARGIN_SHARE * (high - low).max(), LEAST_SIDE_M / 2)
    return low - margin, high + margin
