"""Real names of a Brazilian city, written as people write them, find their ways or none at all.

The noise below is written by hand and knows nothing of how names are looked up.
"""

import random
import unicodedata
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from geofence.locating.locate import locate
from geofence.locating.resolution import Remark
from geofence.plan.plan import Grid
from geofence.streetmap.osm import read_osm
from geofence.streetmap.street_map import StreetMap

SHORT = {
    "Rua": ["R.", "R", "RUA", "r."],
    "Avenida": ["Av.", "Av", "AV.", "Avda."],
    "Travessa": ["Tv.", "Trav.", "TV"],
    "Alameda": ["Al.", "Al"],
    "Praça": ["Pça.", "Pca", "Pç."],
    "Estrada": ["Estr.", "Est."],
    "Doutor": ["Dr.", "Dr"],
    "Doutora": ["Dra."],
    "Coronel": ["Cel.", "Cel"],
    "General": ["Gen.", "Gal."],
    "Professor": ["Prof.", "Prof"],
    "Professora": ["Profa.", "Profª"],
    "Engenheiro": ["Eng.", "Engº"],
    "Padre": ["Pe."],
    "Santa": ["Sta."],
    "Santo": ["Sto."],
    "São": ["S."],
    "Presidente": ["Pres."],
    "Marechal": ["Mal."],
    "Dom": ["D."],
    "Dona": ["D."],
    "Tenente": ["Ten."],
    "Capitão": ["Cap."],
    "Ministro": ["Min."],
    "Desembargador": ["Des."],
    "Deputado": ["Dep."],
    "Governador": ["Gov."],
    "Senador": ["Sen."],
    "Senhora": ["Sra."],
    "Nossa": ["N."],
}
NUMBERS = {
    "2": "Dois",
    "7": "Sete",
    "10": "Dez",
    "15": "Quinze",
    "18": "Dezoito",
    "20": "Vinte",
    "21": "Vinte e Um",
    "2001": "Dois Mil e Um",
    "Três": "3",
    "01": "1",
    "02": "2",
    "03": "3",
}
SMALL = {"da", "de", "do", "dos", "das", "e"}
ONE_STREET = [
    {"Av. Ministro João Arinos", "Avenida Ministro João Arinos"},
    {"Avenida Marques de Lavradio", "Avenida Marquês de Lavradio"},
]
"""The mappers spelled parts of one street in two ways: whoever mentions either means both."""


def noisy(name: str, rng: random.Random) -> str:
    words = []
    for at, word in enumerate(name.split()):
        if word in SHORT and rng.random() < 0.6:
            words.append(rng.choice(SHORT[word]))
        elif word in NUMBERS and rng.random() < 0.5:
            words.append(NUMBERS[word])
        elif word in SMALL and at > 0 and rng.random() < 0.3:
            continue
        else:
            words.append(word.replace("-", " ") if rng.random() < 0.5 else word)
    text = ("  " if rng.random() < 0.2 else " ").join(words)
    form = rng.random()
    if form < 0.5:
        parts = unicodedata.normalize("NFD", text)
        text = "".join(part for part in parts if not unicodedata.combining(part))
    elif form < 0.65:
        text = unicodedata.normalize("NFD", text)
    case = rng.random()
    text = text.upper() if case < 0.25 else text.lower() if case < 0.4 else text
    return text + rng.choice(["", "", "", "", ".", ",", "  "])


@pytest.fixture(scope="module")
def city(shared_data: Path) -> StreetMap:
    return read_osm(shared_data / "osm" / "campo-grande.osm.gz")


def truth_of(city: StreetMap) -> dict[str, set[int]]:
    """Sections of each name, and of its other spelling."""
    own = defaultdict(set)
    for section in range(city.section_count):
        names = city.names_of(section)
        if names:
            own[names.main].add(section)
    truth = dict(own)
    for spellings in ONE_STREET:
        both = set().union(*(own[name] for name in spellings))
        truth |= dict.fromkeys(spellings, both)
    return truth


def in_grids(city: StreetMap, names: list[str], truth: dict[str, set[int]]) -> list[list[str]]:
    """Ten grids of neighbours, from north to south in two columns."""
    middle = {
        name: np.mean([city.line(section)[0] for section in truth[name]], axis=0) for name in names
    }
    halves = sorted(names, key=lambda name: middle[name][0])
    west, east = halves[: len(halves) // 2], halves[len(halves) // 2 :]
    columns = [sorted(column, key=lambda name: middle[name][1]) for column in (west, east)]
    return [column[at : at + 20] for column in columns for at in range(0, len(column), 20)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scattered", [False, True], ids=["grids of neighbours", "one grid"])
def test_of_200_noisy_names_98_in_100_find_their_ways_and_none_others(city, seed, scattered):
    rng = random.Random(seed)
    truth = truth_of(city)
    names = rng.sample(sorted(truth), 200)
    grids = [names] if scattered else in_grids(city, names, truth)
    written = [[noisy(name, rng) for name in grid] for grid in grids]
    located = locate(
        city,
        [Grid(str(at), "one", (), (), streets=tuple(each)) for at, each in enumerate(written)],
    )
    meant = [name for grid in grids for name in grid]
    wrong, right, unfound = [], 0, []
    for each, name in zip(located.resolutions, meant, strict=True):
        sections = {piece.section for piece in each.pieces}
        if not sections:
            unfound.append(each)
        elif sections == truth[name]:
            right += 1
        elif not (sections < truth[name] and Remark.HOMONYM_CHOSEN in each.remarks):
            wrong.append((each.mention, name))
    assert wrong == []
    assert right >= 196
    assert all(each.suggestions for each in unfound)
