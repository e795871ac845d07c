"""Which field of a table says what: named by who reads it, or guessed by what fields are called."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geofence.streetmap.fault import StreetMapError, meant

_GUESSES: dict[str, tuple[str, ...]] = {
    "name": (
        "name", "道路名称", "街道名称", "路名", "道路名", "街道名", "名称", "路段名称", "道路全称",
        "streetname", "stname", "roadname", "fullname", "street", "namechn", "namezh", "namecn",
        "namech", "rname", "pathname", "dlmc", "ldmc", "mc", "nmlogradouro", "nomelogradouro",
        "logradouro", "nomerua", "rua", "nome", "nombrecalle", "nombrevia", "nombre", "nomvia",
        "calle", "via", "toponimo", "nomvoie", "nom", "label", "text", "textstring",
    ),
    "id": (
        "osmid", "id", "道路编号", "路段编号", "街道编号", "编号", "编码", "代码", "roadid",
        "streetid", "segmentid", "linkid", "globalid", "dlbh", "bh", "bm", "codlogradouro",
        "idlogradouro", "codigo", "objectid", "fid", "gid", "ogcfid",
    ),
    "oneway": (
        "oneway", "isoneway", "单行", "单行道", "单行线", "是否单行", "单双向", "通行方向",
        "行车方向", "方向", "sentido", "sentidovia", "maounica", "sentidounico", "dirtravel",
        "traveldir", "trafficdir", "direction", "dir", "fx",
    ),
    "bridge": (
        "bridge", "isbridge", "桥梁", "桥", "是否桥梁", "高架", "ponte", "viaduto", "puente",
    ),
    "tunnel": ("tunnel", "istunnel", "隧道", "是否隧道", "tunel"),
    "layer": (
        "layer", "层", "层级", "zlevel", "zlev", "elevation level", "camada", "nivel", "level",
    ),
    "class": (
        "highway", "fclass", "roadclass", "道路等级", "道路类型", "道路类别", "道路级别", "等级",
        "类型", "类别", "roadtype", "rtype", "funcclass", "class", "dldj", "dllx", "hierarquia",
        "tipovia", "tipo", "type", "kind",
    ),
}  # fmt: skip
"""What fields are called, the likeliest first, as `_bare` writes it."""
_OTHER_NAMES = (
    "altname", "oldname", "namezh", "namechn", "nameen", "nameeng", "nameenglish", "namepinyin",
    "namezhpinyin", "officialname", "shortname", "locname", "localname", "intname", "别名",
    "曾用名", "旧名", "原名", "又名", "俗称", "英文名", "英文名称", "拼音", "标准名称", "简称",
    "nomeantigo", "nombrealt", "apelido",
)  # fmt: skip
_MOST_SHOWN = 20
"""Fields that a warning lists."""
_LEAST_CHINESE, _LEAST_LATIN = 3, 7
"""Letters that a known name must share with a longer one, or with what the format left of one."""
_OTHER_SENSES = "编代号码拼英类等长宽曾旧备"
"""Behind a known name these tell that a field is about something else of the same street."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A field, by its place in the table."""

    column: int
    name: str
    is_guess: bool


def chosen_field(
    path: Path, fields: Sequence[str], is_cut: Sequence[bool], role: str, wish: str | None
) -> Chosen | None:
    """Choose the field that says something of a line; None if nothing looks like it.

    Parameters
    ----------
    is_cut
        Whether the format may have cut the name of a field.
    wish
        The field that somebody named; guessed if nobody did.

    Raises
    ------
    StreetMapError
        If the field that was named is not there.
    """
    if wish is not None:
        return Chosen(_named(path, fields, is_cut, role, wish), wish, is_guess=False)
    bare = [_bare(field) for field in fields]
    for guess in _GUESSES[role]:
        for column, name in enumerate(bare):
            if name == guess or (is_cut[column] and _is_rest(name, guess)):
                return Chosen(column, fields[column], is_guess=True)
    # what says more than a known name is taken only where no field is called like one
    for guess in _GUESSES[role]:
        for column, name in enumerate(bare):
            if _says_more(name, guess, is_cut[column]):
                return Chosen(column, fields[column], is_guess=True)
    return None


def _is_rest(name: str, guess: str) -> bool:
    """Whether a cut name may be what is left of a known one."""
    least = _LEAST_LATIN if guess.isascii() else 2
    return len(name) >= least and guess.startswith(name)


def _says_more(name: str, guess: str, is_cut: bool) -> bool:
    """Whether a name begins with a known one; of letters only if it was cut, and as a long one."""
    if not name.startswith(guess):
        return False
    if guess.isascii():
        return is_cut and len(guess) >= _LEAST_LATIN
    rest = name.removeprefix(guess)
    return len(guess) >= _LEAST_CHINESE and not any(sense in rest for sense in _OTHER_SENSES)


def other_name_fields(fields: Sequence[str], main: int | None) -> list[int]:
    """Give the fields that hold further names: older, shorter, in another script."""
    return [
        column
        for column, field in enumerate(fields)
        if column != main and (_bare(field) in _OTHER_NAMES or field.casefold().startswith("name:"))
    ]


def nameless(fields: Sequence[str]) -> str:
    """Say what to do about lines of which no field tells the names."""
    if not fields:
        return (
            "there is no field at all, so no street has a name; of a Shapefile put the .dbf beside "
            "it, or export the lines with their names"
        )
    shown = ", ".join(fields[:_MOST_SHOWN])
    more = f" and {len(fields) - _MOST_SHOWN} more" if len(fields) > _MOST_SHOWN else ""
    return (
        "no field is taken for names, so no street has one: name it with --name-field; there is "
        f"{shown}{more}"
    )


def _named(path: Path, fields: Sequence[str], is_cut: Sequence[bool], role: str, wish: str) -> int:
    for same in (_as_is, _bare):
        found = [column for column, field in enumerate(fields) if same(field) == same(wish)]
        if not found:
            found = [
                column
                for column, field in enumerate(fields)
                if is_cut[column] and len(field) >= 2 and same(wish).startswith(_stem(same(field)))
            ]
        if len(found) == 1:
            return found[0]
        if found:
            raise StreetMapError(
                f"{path}: {len(found)} fields may be {wish}, as a Shapefile cuts names after ten "
                "bytes; export the lines as GeoPackage, which cuts none"
            )
    if not fields:
        raise StreetMapError(
            f"{path}: it has no field at all, so none is {wish}; of a Shapefile put the .dbf "
            "beside it"
        )
    raise StreetMapError(
        f"{path}: there is no field {wish} for --{role}-field{meant(wish, fields)}; it has "
        f"{', '.join(fields)}"
    )


def _stem(field: str) -> str:
    """Give a cut name without the number that tells it from another one cut to the same."""
    return re.sub(r"_?\d$", "", field)


def _as_is(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _bare(text: str) -> str:
    """Write the name of a field without case, width, accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())
