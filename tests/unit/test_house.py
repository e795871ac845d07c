"""The laws of the house: few files a folder, a door and a contract a wing, a page that is true."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.house.mirror import EXCEPTIONS, faults_of
from tests.house.tree import PACKAGES, ROOT, folders, modules, wings
from tests.house.wing_contract import WingContract, door_of

MOST_FILES = 15
CONTRACTS = tomllib.loads((ROOT / "tests/house/contracts.toml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
every_wing = pytest.mark.parametrize("wing", wings())


def wing_contracts():
    every = CONTRACTS["tool"]["importlinter"]["contracts"]
    return {each["wing"]: each for each in every if each["type"] == "wing"}


def test_no_folder_has_more_python_files_than_a_reader_takes_in():
    assert {str(folder): count for folder, count in folders() if count > MOST_FILES} == {}


def test_exactly_the_wings_there_are_have_a_contract_of_their_name():
    assert set(wing_contracts()) == set(wings())
    assert all(each["name"] == wing for wing, each in wing_contracts().items())


def test_nobody_below_imports_the_commands():
    used = {each for contract in wing_contracts().values() for each in contract.get("imports", ())}
    assert {each for each in used if is_of_commands(each)} == set()


def test_every_module_has_a_test_at_its_own_path_or_a_reason():
    assert faults_of(ROOT, tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))) == []


def test_only_commands_may_go_anywhere_below():
    free = {wing for wing, each in wing_contracts().items() if "imports" not in each}
    assert free == {wing for wing in wings() if is_of_commands(wing)}


def is_of_commands(wing: str) -> bool:
    """Whether a wing is the top floor of a package, or a folder on it."""
    return "commands" in wing.split(".")


@every_wing
def test_the_door_of_a_wing_says_its_noun_and_what_goes_in_and_out(wing):
    lines = ast_docstring(wing).splitlines()
    assert lines[0].endswith(".")
    assert any(line.startswith("In: ") for line in lines)
    assert " Out: " in " ".join(lines)
    assert door_of(wing)


def ast_docstring(wing: str) -> str:
    text = (ROOT / Path(*wing.split(".")) / "__init__.py").read_text(encoding="utf-8")
    return text.split('"""')[1]


def test_the_page_of_the_architecture_names_exactly_the_wings_there_are():
    rows = re.findall(rf"^\| `((?:{'|'.join(PACKAGES)})(?:/\w+)+)/` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(wing.replace(".", "/") for wing in wings())


WALK = PAGE[PAGE.index("## Follow one ping") : PAGE.index("## Laws, and")]


def test_every_function_that_the_walk_of_a_ping_names_is_in_the_file_it_names():
    steps = re.findall(r"`([\w/]+\.py)`((?:\s+`[\w.]+`)?)", WALK)
    assert len(steps) > 30
    for file, function in steps:
        name = function.strip().strip("`")
        assert name, f"{file} is named without a function"
        assert name in names_in(ROOT / file), f"{file} has no {name}"


def names_in(file: Path) -> set[str]:
    """Functions, classes and methods, as ``f``, ``C`` and ``C.m``."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {node.name, *(f"{node.name}.{each.name}" for each in inner)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


# --- the gates themselves can fail


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Two wings: `inner` with a private room, and `outer` that may import `inner`."""
    files = {
        "shed/__init__.py": "",
        "shed/inner/__init__.py": '__all__ = ["open"]\n',
        "shed/inner/open.py": "from shed.inner import hidden\n",
        "shed/inner/hidden.py": "",
        "shed/outer/__init__.py": '__all__ = ["room"]\n',
        "shed/outer/room.py": "from shed.inner import open\n",
        "shed/third/__init__.py": '__all__ = ["room"]\n',
        "shed/third/room.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "shed"
    for name in [name for name in sys.modules if name.partition(".")[0] == "shed"]:
        del sys.modules[name]


def broken(wing, imports):
    """What the contract of a wing of the house complains of."""
    options = {"name": wing, "wing": wing, "imports": imports}
    contract = WingContract(name=wing, session_options={}, contract_options=options)
    graph = grimp.build_graph("shed", cache_dir=None, include_external_packages=True)
    return contract.check(graph, verbose=False).metadata["faults"]


@pytest.mark.usefixtures("house")
def test_who_keeps_to_the_doors_breaks_nothing():
    assert broken("shed.outer", ["shed.inner"]) == []
    assert broken("shed.inner", []) == []


def test_who_comes_in_past_the_door_is_told_with_the_name_of_the_wing(house):
    (house / "outer/room.py").write_text("\nfrom shed.inner import hidden, open\n")
    (fault,) = broken("shed.inner", [])
    assert fault.startswith("shed.inner.hidden is private to shed.inner, but shed.outer.room")
    assert "line 2" in fault
    assert "its door: shed.inner.open" in fault


def test_a_door_names_only_modules_that_there_are(house):
    (house / "inner/__init__.py").write_text('__all__ = ["gone", "open"]\n')
    assert broken("shed.inner", []) == [
        "shed.inner: its door names shed.inner.gone, which is no module of it"
    ]


def test_who_goes_where_it_may_not_is_told_with_the_place(house):
    (house / "outer/room.py").write_text(
        "from shed.inner import open\nfrom shed.third import room\n"
    )
    assert broken("shed.outer", ["shed.inner"]) == [
        "shed.outer may not import shed.third, but shed.outer.room does (line 2)"
    ]


@pytest.mark.usefixtures("house")
def test_a_contract_does_not_allow_what_nobody_needs():
    assert broken("shed.outer", ["shed.inner", "shed.third"]) == [
        "shed.outer no longer imports shed.third: take it out of its contract"
    ]


def linted(house):
    lint = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [lint, "--config", "contracts.toml", "--no-cache"],
        cwd=house, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_wrong_import_fails_the_check_that_make_lint_runs(tmp_path):
    """The real contracts, on a copy in which the matcher asks for the plan."""
    for name in (*PACKAGES, "benchmarks", "tests/house"):
        for path in (ROOT / name).rglob("*.py"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "tests/__init__.py").touch()
    contracts = tmp_path / "contracts.toml"
    contracts.write_bytes((ROOT / "tests/house/contracts.toml").read_bytes())
    said = linted(tmp_path)
    assert said.returncode == 0, said.stdout
    heap = tmp_path / "geofence/matching/heap.py"
    heap.write_text(heap.read_text() + "\nfrom geofence.plan import entries\n")
    said = linted(tmp_path)
    assert said.returncode == 1
    told = " ".join(said.stdout.split())
    assert "geofence.matching may not import geofence.plan" in told
    assert "geofence.plan.entries is private to geofence.plan" in told


def test_a_module_without_a_test_and_a_reason_that_is_stale_are_faults(tmp_path):
    for name in (
        "ingest/log/tables.py",
        "ingest/log/rows.py",
        "tests/unit/ingest/log/test_rows.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert modules(tmp_path) == [Path("ingest/log/rows.py"), Path("ingest/log/tables.py")]
    (missing,) = faults_of(tmp_path, {})
    assert missing == "ingest/log/tables.py: no test at tests/unit/ingest/log/test_tables.py"
    reason = "tests/integration/test_log.py makes every table"
    assert faults_of(tmp_path, {"ingest/log/tables.py": reason}) == []
    assert faults_of(tmp_path, {"ingest/log/tables.py": "", "ingest/log/rows.py": reason}) == [
        "ingest/log/tables.py: untested.toml gives no reason",
        "ingest/log/rows.py: stands in untested.toml, but has a test; take it out",
    ]
    (gone,) = faults_of(tmp_path, {"ingest/log/tables.py": reason, "ingest/gone.py": reason})
    assert gone == "ingest/gone.py: stands in untested.toml, but there is no such module"
