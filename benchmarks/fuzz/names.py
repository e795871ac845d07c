"""Hostile texts: what means something to whoever shows them, and anything of Unicode besides."""

import random

from tests.fixtures.hostile_names import FRAGMENTS

_SIGNS = "=+-@＝＋－＠\t\r\n\v\f\x00\x1b\x7f\x85\xa0 \"';,:|&<>\\/`*_{}[]()#$%^~!?."
_BLOCKS = (
    (0x20, 0x7E), (0x20, 0x7E), (0x00, 0x1F), (0x7F, 0xFF), (0x300, 0x36F), (0x590, 0x6FF),
    (0x2000, 0x206F), (0x2066, 0x2069), (0x3000, 0x303F), (0x4E00, 0x9FFF), (0x4E00, 0x9FFF),
    (0xFDD0, 0xFDEF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFF00, 0xFFEF), (0xFFF0, 0xFFFF),
    (0x1F300, 0x1F6FF), (0xE0000, 0xE007F), (0x100000, 0x10FFFF),
)  # fmt: skip
_MORE = (
    "=HYPERLINK(\"http://a\",\"b\")", "%0A=1", "javascript:alert(1)",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>", "${jndi:x}", "{{7*7}}", "#{7*7}", "<%= 7 %>", "</script>", "<![CDATA[",
    "\ufe62", "\u2212", "\uff1d\uff11", "＂=1", "'=1", "\\=1", "=\u200d1", "\u200d=1", "\u200c-1",
    "\ufeff=1", "\xa0=1", "\u3000=1", "\u2003+1", "\v=1", "\f@A", "a\n=1", "a\r\n=1", "a;\t =1",
    "a\t\"=1", "http://a.b", "https：//a", "[x]: http://a", "\x9b31m", "\x1b]0;a\x07", "\x08",
    "\x7f",
    "\u115f", "\u3164", "\U000e0041", "\u061c", "\u200e", "\u2069", "\ufff9", "\ufffd",
    "\U0001f600",
)  # fmt: skip
LONG = ("长" * 300, "=" * 80, "<" * 500, "x" * 5000, "\u0301" * 100, " " * 100, "-" * 60)


def hostile_name(chance: random.Random, *, halves: bool = False) -> str:
    """Put a text together of hostile pieces.

    Parameters
    ----------
    halves
        Whether halves of surrogate pairs may stand in it, which JSON can bring.
    """
    return "".join(_piece(chance, halves=halves) for _ in range(chance.choice((1, 1, 2, 3, 5))))


def _piece(chance: random.Random, *, halves: bool) -> str:
    roll = chance.random()
    if roll < 0.4:
        return chance.choice(FRAGMENTS)
    if roll < 0.6:
        return chance.choice(_MORE)
    if roll < 0.75:
        return chance.choice(_SIGNS) * chance.choice((1, 1, 2))
    if roll < 0.76:
        return chance.choice(LONG)
    if halves and roll < 0.8:
        return chr(chance.randrange(0xD800, 0xE000))
    first, last = chance.choice(_BLOCKS)
    return "".join(chr(chance.randint(first, last)) for _ in range(chance.choice((1, 2, 6))))
