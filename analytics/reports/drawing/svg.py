"""A picture as SVG: for a browser with its texts as outlines, for typst without them."""

from math import cos, radians, sin

from analytics.reports.drawing.drawing import FONT_FILE
from analytics.reports.drawing.picture import UNITS, Label, Picture
from analytics.reports.drawing.typeface import advance, outline, typeface

_GLYPH = FONT_FILE.partition(".")[0]


def svg_of(picture: Picture) -> bytes:
    """Write a picture so that no font is needed to see it, the same each time."""
    characters = sorted({each for label in picture.labels for each in label.text})
    outlines = {each: outline(each) for each in characters}
    glyphs = "".join(
        f'<path id="{_id(each)}" d="{path}"/>' for each, path in outlines.items() if path
    )
    texts = "".join(_text(label, outlines) for label in picture.labels)
    return _document(picture, f"<defs>{glyphs}</defs>{picture.shapes}{texts}")


def shapes_of(picture: Picture) -> str:
    """Write a picture without its texts."""
    return _document(picture, picture.shapes).decode()


def _document(picture: Picture, content: str) -> bytes:
    width, height = f"{picture.width:g}", f"{picture.height:g}"
    box = f"0 0 {picture.width * UNITS:g} {picture.height * UNITS:g}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}pt" height="{height}pt" viewBox="{box}">{content}</svg>'
    ).encode()


def _id(character: str) -> str:
    return f"{_GLYPH}-{ord(character):x}"


def _text(label: Label, outlines: dict[str, str]) -> str:
    scale = label.size * UNITS / typeface().em
    along, across = (
        round(scale * way(radians(label.angle)), 6) + 0.0  # no zero below zero
        for way in (cos, sin)
    )
    turned = f"{along:g} {0.0 - across:g} {across:g} {along:g}"
    parts, at = [], 0
    for character in label.text:
        if outlines[character]:
            where = f' x="{at}"' if at else ""
            parts.append(f'<use xlink:href="#{_id(character)}"{where}/>')
        at += advance(character)
    place = f"{label.x * UNITS:.1f} {label.y * UNITS:.1f}"
    return f'<g transform="matrix({turned} {place})" fill="{label.colour}">{"".join(parts)}</g>'
