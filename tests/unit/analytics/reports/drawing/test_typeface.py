import re

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from analytics.reports.drawing.drawing import FONT_FILE, font_folder
from analytics.reports.drawing.typeface import BOX, Typeface, typeface, width_of
from analytics.wording.words import WORDS

SEEN = "漏街魏Qg%é-（"
"""Characters of every kind: straight and curved, with holes, of several parts."""


@pytest.fixture(scope="module")
def freetype():
    """The same font, a quarter of its units large, opened by another program."""
    return ImageFont.truetype(str(font_folder() / FONT_FILE), typeface().em / 4)


def points(path):
    """Points on an outline, each curve cut into sixteen; a contour each."""
    for contour in path.split("M")[1:]:
        x, y, found = 0.0, 0.0, []
        for step, told in re.findall(r"([lqz]|^)([^lqz]*)", contour):
            numbers = [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", told)]
            if step == "q":
                a, b, u, v = numbers
                found += [
                    (x + 2 * t * (1 - t) * a + t * t * u, y + 2 * t * (1 - t) * b + t * t * v)
                    for t in (n / 16 for n in range(1, 17))
                ]
                x, y = x + u, y + v
            elif numbers:
                x, y = x + numbers[0], y + numbers[1]
                found.append((x, y))
        yield found


def filled(path):
    """Which quarters of the font's units it covers, from 50 left of it and 300 above its line."""
    turns = np.zeros((400, 400), dtype=int)
    for contour in points(path):
        mask = Image.new("1", turns.shape)
        x, y = np.array(contour).T / 4
        ImageDraw.Draw(mask).polygon(list(zip(50 + x, 300 + y, strict=True)), fill=1)
        turns += np.asarray(mask) * int(np.sign(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))
    return turns != 0


@pytest.mark.parametrize("character", SEEN)
def test_an_outline_covers_what_freetype_covers(character, freetype):
    image = Image.new("L", (400, 400))
    ImageDraw.Draw(image).text((50, 300), character, fill=255, font=freetype, anchor="ls")
    theirs, ours = np.asarray(image) > 127, filled(typeface().outline(character))
    edge = np.diff(theirs, axis=0).sum() + np.diff(theirs, axis=1).sum()
    assert (theirs != ours).sum() < edge < theirs.sum()


@pytest.mark.parametrize("character", SEEN + " 　")
def test_a_character_is_as_wide_as_freetype_has_it(character, freetype):
    assert typeface().advance(character) == pytest.approx(4 * freetype.getlength(character), abs=2)


def test_a_text_is_as_wide_as_its_characters():
    assert width_of("漏收", 8.0) == 16.0
    assert width_of("", 8.0) == 0.0


def test_every_word_of_a_report_can_be_drawn():
    needed = {each for words in WORDS.values() for text in words.values() for each in text}
    assert [each for each in sorted(needed) if typeface().glyph_of(each) == BOX] == []


def test_what_the_font_has_not_is_a_box_and_what_has_no_shape_is_nothing():
    face = typeface()
    assert face.outline("ع") == face.outline("𓀀") == face.drawn(BOX) != ""
    assert (face.outline(" "), face.outline("\u200d"), face.advance("\u200d")) == ("", "", 0)


def test_no_glyph_of_the_font_of_reports_is_put_together_of_others():
    """Such a one would be drawn as a box."""
    face = typeface()
    box = face.drawn(BOX)
    drawn = (face.drawn(glyph) for glyph in range(1, face.glyphs, 499))
    assert box not in drawn


@pytest.mark.parametrize("content", [b"\x00\x01\x00\x00\x00\x07", b"wOFF" + bytes(64)])
def test_a_file_that_is_no_such_font_is_named(tmp_path, content):
    path = tmp_path / "font.ttf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"font\.ttf: is no TrueType font"):
        Typeface(path)
