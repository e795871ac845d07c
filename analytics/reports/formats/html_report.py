"""The report as one HTML file that needs nothing else: styles, charts and maps are inside it."""

from base64 import b64encode
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from analytics.reports.drawing.drawing import COLOURS
from analytics.reports.drawing.picture import Picture
from analytics.reports.drawing.svg import svg_of
from analytics.reports.formats.pages import Pages
from analytics.wording.words import Words

MOST_ROWS = 5000
"""A browser is slow with longer tables; a note says where they are."""


def write_html(pages: Pages, words: Words) -> bytes:
    """Write the page. Every text of data is escaped."""
    shown = pages.clipped(MOST_ROWS, words)
    text = _template().render(pages=shown, words=words, colours=COLOURS, picture=_picture)
    return text.encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("analytics.reports.formats", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _picture(drawn: Picture, told: str) -> Markup:
    """Embed a drawing as an image, so that its ids meet those of no other."""
    source = f"data:image/svg+xml;base64,{b64encode(svg_of(drawn)).decode()}"
    return Markup('<img src="{}" alt="{}">').format(source, told)
