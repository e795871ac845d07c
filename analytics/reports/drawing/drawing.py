"""How charts and maps look: one font, and colours that everyone can tell apart.

The colours are those of Okabe and Ito, which people with any colour vision can tell apart; lines
differ in their dashes as well.
"""

import importlib.util
from pathlib import Path

FONT = "Noto Sans SC"
FONT_FILE = "NotoSansSC-Regular.ttf"
COLOURS = {
    "served": "#009E73",
    "late": "#E69F00",
    "partial": "#CC79A7",
    "skipped": "#D55E00",
    "unknown": "#56B4E9",
}
DASHES: dict[str, tuple[float, ...]] = {
    "served": (),
    "late": (5.0, 1.2),
    "partial": (4.0, 1.2, 1.0, 1.2),
    "skipped": (1.0, 1.0),
    "unknown": (2.4, 2.4),
}
"""Lengths of dashes and gaps, in widths of the line; none if it is whole."""
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
