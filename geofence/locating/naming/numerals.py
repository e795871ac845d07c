"""Numbers in names: digits, words, Roman and Chinese numerals come to the same digits."""

import re
from collections.abc import Sequence

_UNITS: dict[str, int] = {}
_UNIT_ROWS = """
zero um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze \
    dezesseis dezessete dezoito dezenove
cero uno - tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince \
    dieciseis diecisiete dieciocho diecinueve
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
    fifteen sixteen seventeen eighteen nineteen
- primeiro segundo terceiro quarto quinto sexto setimo oitavo nono decimo
- primeira segunda terceira quarta quinta sexta setima oitava nona decima
- primero segundo tercero cuarto quinto sexto septimo octavo noveno decimo
- primera segunda tercera cuarta quinta sexta septima octava novena decima
- first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth \
    thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
- uma duas
"""  # dos is a particle in Portuguese; alone it is hardly ever a number
for _row in _UNIT_ROWS.strip().splitlines():
    _UNITS.update((word, value) for value, word in enumerate(_row.split()) if word != "-")
_UNITS["catorze"] = 14
_TENS: dict[str, int] = {}
for _row in (
    "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth",
):
    _TENS.update((word, (index + 2) * 10) for index, word in enumerate(_row.split()))
_VEINTI = re.compile(r"veinti(uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)")
_VEINTI_UNITS = {"dos": 2}
_HUNDREDS = {"cem": 100, "cento": 100, "cien": 100, "ciento": 100, "hundred": 100}
_THOUSANDS = {"mil": 1000, "thousand": 1000}
_AND = frozenset({"e", "y", "and"})
_DIGITS = re.compile(r"0*(\d+)(?:st|nd|rd|th|o|a|er|ra|do|da)?")
_ROMAN = re.compile(r"(?=..)(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_CHINESE_RUN = re.compile(r"[〇零一二三四五六七八九十百两]+")
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
MARK = "#"
"""Stands before a number in a key, so that no word is ever one."""


def with_numbers(words: Sequence[str]) -> list[str]:
    """Write each number among words as ``#`` and its digits."""
    result: list[str] = []
    at = 0
    while at < len(words):
        value, taken = _spoken(words, at)
        result.append(words[at] if value is None else f"{MARK}{value}")
        at += max(taken, 1)
    return result


def roman(word: str) -> int | None:
    """Read a Roman numeral of two letters or more, up to 39; None if it is none."""
    match = _ROMAN.fullmatch(word)
    if not match:
        return None
    return 10 * len(match.group(1)) + _ROMAN_UNITS.index(match.group(2))


def with_chinese_numbers(text: str) -> str:
    """Write Chinese numerals as digits: 新开西三路 and 新开西3路 are one."""
    return _CHINESE_RUN.sub(lambda run: str(_chinese(run.group())), text)


def _spoken(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """Give the number that begins at a word, and how many words it takes."""
    digits = _DIGITS.fullmatch(words[at])
    if digits:
        return int(digits.group(1)), 1
    total, run, end = 0, None, at
    here = at
    while here < len(words):
        word = words[here]
        if word in _AND and run is not None and here + 1 < len(words):
            here += 1
            word = words[here]
            if _small(word) is None or (run % 10 and word not in _HUNDREDS):
                break
        small = _small(word)
        if small is not None and (run is None or _fits_after(run, small)):
            run = (run or 0) + small
        elif word in _HUNDREDS and run is not None and 0 < run < 10:
            run *= 100
        elif word in _HUNDREDS and run is None:
            run = 100
        elif word in _THOUSANDS and total == 0:
            total, run = (run or 1) * 1000, 0
        else:
            break
        here += 1
        end = here
    return (None, 0) if run is None else (total + run, end - at)


def _fits_after(run: int, small: int) -> bool:
    """Whether a unit or a ten may follow: after twenty a unit, after a hundred both."""
    return run % 100 == 0 or (run % 10 == 0 and run % 100 >= 20 and small < 10)


def _small(word: str) -> int | None:
    match = _VEINTI.fullmatch(word)
    if match:
        unit = match.group(1)
        return 20 + _VEINTI_UNITS.get(unit, _UNITS.get(unit, 0))
    return _UNITS.get(word, _TENS.get(word))


def _chinese(run: str) -> int | str:
    """Read 三十二 by its tens, 二〇三 digit by digit; what is neither stays as it is."""
    if not set(run) & set("十百"):
        return "".join(str(_CHINESE_DIGITS[digit]) for digit in run)
    total = digit = 0
    for character in run:
        if character == "百":
            total, digit = total + 100 * (digit or 1), 0
        elif character == "十":
            total, digit = total + 10 * (digit or 1), 0
        else:
            digit = _CHINESE_DIGITS[character]
    return total + digit
