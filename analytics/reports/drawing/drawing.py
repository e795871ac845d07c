"""How charts and maps are drawn: one font, colours that everyone can tell apart, no global figure.

The colours are those of Okabe and Ito, which people with any colour vision can tell apart; lines
differ in their dashes as well.
"""

import importlib.util
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

FONT = "Noto Sans SC"
COLOURS = {
    "served": "#009E73",
    "late": "#E69F00",
    "partial": "#CC79A7",
    "skipped": "#D55E00",
    "unknown": "#56B4E9",
}
Dashes = Literal["solid"] | tuple[float, Sequence[float]]

DASHES: dict[str, Dashes] = {
    "served": "solid",
    "late": (0, (5.0, 1.2)),
    "partial": (0, (4.0, 1.2, 1.0, 1.2)),
    "skipped": (0, (1.0, 1.0)),
    "unknown": (0, (2.4, 2.4)),
}
INK = "#26282b"
GREY = "#c9ccd1"


def font_folder() -> Path:
    """Find the folder with the font of reports, which the package zhplot carries.

    Raises
    ------
    FileNotFoundError
        If it is not installed.
    """
    found = importlib.util.find_spec("zhplot")
    if found is None or found.origin is None:
        raise FileNotFoundError("the package zhplot is not installed: it carries the report's font")
    return Path(found.origin).parent / "fonts"


@cache
def _add_font() -> None:
    font_manager.fontManager.addfont(font_folder() / "NotoSansSC-Regular.ttf")


@contextmanager
def drawing() -> Iterator[None]:
    """Set what makes a drawing Chinese and the same each time, and every text of it only text."""
    _add_font()
    settings: Any = {
        "font.family": FONT,
        "font.size": 8.0,
        "svg.fonttype": "path",
        "svg.hashsalt": "pingcheng",
        "axes.unicode_minus": False,
        # a name between dollars is no formula, whatever the user's own settings say
        "text.parse_math": False,
        "text.usetex": False,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": "#8a8f96",
        "xtick.color": INK,
        "ytick.color": INK,
        "path.simplify": True,
        "path.simplify_threshold": 0.5,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # a box is drawn for it, and tables have the name
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from", UserWarning)
        yield


def svg_of(figure: Figure) -> bytes:
    """Write a figure as SVG without a date."""
    out = BytesIO()
    FigureCanvasSVG(figure)
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()
