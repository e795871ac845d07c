"""Mutated copies of a small sound plan: plan.toml, streets.geojson and facilities.geojson."""

import json
import random
import re
import shutil
from typing import Any, ClassVar, NamedTuple

from benchmarks.fuzz.laws import check_seen
from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES, damaged, written
from geofence.network.network import build_network
from geofence.plan.fault import PlanError
from geofence.plan.plan import Plan
from geofence.plan.reader import read_extent, read_plan, read_roster
from geofence.plan.writer import FACILITIES_FILE, STREETS_FILE, render_plan
from geofence.review.review import warnings_of
from ingest.plain_text import plain
from tests.fixtures.written_plan import DEPOT, RICH, STREETS, collection

_TOML_VALUES = (
    "true", "false", "0", "-0", "-1", "1440", "1e400", "-inf", "nan", "0.0", "1e-320", "\"\"",
    '" "', '"JY01"', '"JY99"', '"sweep-1"', '"Asia"', '"Asia/Shanghai/x"', '"../etc/passwd"',
    '"Mars/Olympus"', '"streets.geojson"', '"."', '"/dev/null"', '"a\\u0000b"', '"\\ud800"',
    '"\\U00110000"', "[]", "[[]]", "{}", "{a=1}", "[1, \"a\"]", '["晋BQ0384", "晋BQ0384"]',
    '["+", "#", "a b"]', '["07:00-10:00"]', '["25:00-26:00", "x"]', '["00:00-24:00"]', '"mon-sun"',
    '"sun-mon,x"', '"mon,"', "2022-03-25", "2022-02-30", "0001-01-01", "9999-12-31", "07:00:00",
    "2022-03-25T07:00:00Z", "2022-03-25 07:00:00.9999999+23:59", "1979-05-27T00:00:00+99:99",
    "0x" + "f" * 4000, "9" * 5000, "1" + "0" * 400, "-" + "9" * 400, "0b1", "0o777", "1_000",
    "'''a\nb'''", '"""\\\n  a"""', "[" * 3000, "[" * 3000 + "]" * 3000, "{a=" * 2000, "x", "'", '"',
)  # fmt: skip
_TOML_LINES = (
    "[service]", "[[grids]]", "[[operators]]", "[[exceptions]]", "[[assignments]]", "[grids]",
    "[streets]", "[a.b.c]", "[[a]]", "served_ratio = 2", "skipped_ratio = 0.9", "name.first = 1",
    "id = \"JY01\"", "grids = 1", "service = 1", "operators = []", "service.served_ratio = 0x1",
    "contact = \"13900000000", "= 1", "#", "\"\" = 1", "a" * 300 + " = 1", ".".join("a" * 3000) +
    " = 1", "[" + ".".join("a" * 3000) + "]", "to = 1999-01-01", "schematic = true",
    "[service.per_task]", "BRUSHING = 8", "SALTING = -1", 'tasks = ["BRUSHING"]', "tasks = []",
    "service_speed_kmh = 1e308", "prism_service_kmh = 5", "grace_min = 1441",
)  # fmt: skip
_VALUE = re.compile(r"(?<== ).*")
_SOUND_GEOJSON = {STREETS_FILE: STREETS, FACILITIES_FILE: collection(DEPOT)}
_WORDS = (
    "Feature", "FeatureCollection", "LineString", "Point", "MultiLineString", "depot", "JY01",
    "s1", "云中街", "urn:ogc:def:crs:EPSG::3857", "urn:ogc:def:crs:OGC:1.3:CRS84",
)  # fmt: skip
_KEYS = (
    "crs",
    "schematic",
    "id",
    "name",
    "grids",
    "oneway",
    "kind",
    "properties",
    "geometry",
    "tasks",
)


class Files(NamedTuple):
    """The files of a plan."""

    plan: bytes
    streets: bytes
    facilities: bytes


class Plans(Subject):
    """A plan is read, or all its faults are told, a line each; what is read can be written."""

    name: ClassVar[str] = "plans"
    share: ClassVar[float] = 0.005

    def make(self, chance: random.Random) -> Files:
        """Damage one or more of the three files, as text, as JSON and as bytes."""
        toml, geojson = RICH, dict(_SOUND_GEOJSON)
        which = chance.choice(("plan", "plan", "streets", "streets", "facilities", "all"))
        if which in {"plan", "all"}:
            for _ in range(chance.choice((1, 1, 2, 4))):
                toml = _damaged_toml(chance, toml)
        files = [toml.encode("utf-8", "surrogatepass")]
        for name, content in geojson.items():
            changed: Any = content
            if which in {name.partition(".")[0], "all"}:
                for _ in range(chance.choice((1, 1, 2, 4))):
                    changed = _damaged_geojson(chance, changed)
            files.append(written(chance, changed) if changed is not content
                         else json.dumps(content, ensure_ascii=False).encode())  # fmt: skip
        if chance.random() < 0.2:
            at = chance.randrange(3)
            files[at] = chance.choice(BYTE_DAMAGES)(chance, files[at])
        return Files(*files)

    def throw(self, made: object) -> bool:
        """Read it all, and all of it again in parts."""
        assert isinstance(made, Files)
        path = self.folder / "plan.toml"
        for name, content in zip(("plan.toml", STREETS_FILE, FACILITIES_FILE), made, strict=True):
            (self.folder / name).write_bytes(content)
        try:
            read_extent(path)
            read_roster(path)
        except PlanError as error:
            _check_faults(error)
        try:
            plan = read_plan(path)
        except PlanError as error:
            _check_faults(error)
            return True
        network = build_network(plan.sections)
        for told in [*warnings_of(plan, network), *network.joins]:
            check_seen(plain(str(told)), "a warning")
        self._check_written(plan)
        return False

    def _check_written(self, plan: Plan) -> None:
        """Hold that the plan's text, written anew, says the same."""
        folder = self.folder / "again"
        folder.mkdir(exist_ok=True)
        for name in (STREETS_FILE, FACILITIES_FILE):
            shutil.copyfile(self.folder / name, folder / name)
        (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
        again = read_roster(folder / "plan.toml")
        same = (again.name, again.operators, again.grids, again.assignments, again.rules)
        if same != (plan.name, plan.operators, plan.grids, plan.assignments, plan.rules):
            raise ThroughError("the plan, written and read again, is another")


def _check_faults(error: PlanError) -> None:
    if not error.faults:
        raise ThroughError("the plan is refused without a fault")
    for fault in error.faults:
        text = str(fault)
        if "\n" in text or "\r" in text:
            raise ThroughError(f"a fault takes more than one line: {text!a:.300}")
        if len(text) > 5000:
            raise ThroughError(f"a fault takes {len(text)} characters: {text!a:.300}")
        # as pingcheng plan check shows it
        check_seen(plain(text, keep="\n"), "a fault")


def _damaged_toml(chance: random.Random, toml: str) -> str:
    lines = toml.splitlines()
    at = chance.randrange(len(lines))
    roll = chance.random()
    if roll < 0.5:
        places = [number for number, line in enumerate(lines) if " = " in line] or [at]
        at = chance.choice(places)
        lines[at] = _VALUE.sub(lambda _: _toml_value(chance), lines[at], count=1)
    elif roll < 0.6:
        del lines[at]
    elif roll < 0.7:
        lines.insert(at, chance.choice(lines))
    elif roll < 0.85:
        lines.insert(at, chance.choice(_TOML_LINES))
    elif roll < 0.93:
        name = json.dumps(hostile_name(chance), ensure_ascii=False)
        lines.insert(at, f"{name} = {_toml_value(chance)}")
    else:
        cut = chance.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:cut] + hostile_name(chance) + lines[at][cut:]
    return "\n".join(lines)


def _toml_value(chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.6:
        return chance.choice(_TOML_VALUES)
    name = json.dumps(hostile_name(chance), ensure_ascii=False)
    return name if roll < 0.8 else f'["{chance.choice(_WORDS)}", {name}]'


def _damaged_geojson(chance: random.Random, content: Any) -> Any:  # noqa: ANN401 - any JSON
    roll = chance.random()
    if roll < 0.5 or not isinstance(content, dict):
        return damaged(chance, content)
    value: Any = chance.choice(
        (
            hostile_name(chance, halves=True), chance.choice(_WORDS), [chance.choice(_WORDS)],
            [hostile_name(chance, halves=True)], {"name": hostile_name(chance)},
            chance.uniform(-200, 200), 10**400, -(10**4000), [[1e308, 0]], None, True, {},
        )
    )  # fmt: skip
    return _put(chance, content, chance.choice(_KEYS), value)


def _put(chance: random.Random, content: Any, key: str, value: Any) -> Any:  # noqa: ANN401
    """Set a key somewhere in some JSON, rather where it stands already."""
    if isinstance(content, dict):
        inner = [each for each, below in content.items() if isinstance(below, dict | list)]
        if not inner or key in content or chance.random() < 0.2:
            return {**content, key: value}
        chosen = chance.choice(inner)
        return {**content, chosen: _put(chance, content[chosen], key, value)}
    if isinstance(content, list) and content:
        at = chance.randrange(len(content))
        return [*content[:at], _put(chance, content[at], key, value), *content[at + 1 :]]
    return value
