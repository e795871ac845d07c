"""Kernels are never stale, as the folder that keeps them is named by all that they are made of.

And what calls them runs beside the main thread.
"""

import ast
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import pytest

from geofence import kernels
from tests.house.tree import PACKAGES, ROOT


@pytest.fixture
def installed(tmp_path):
    """A tree of sources as it is installed."""
    for name in ("geofence/matching/emission.py", "geofence/plan/plan.py", "geofence/kernels.py",
                 "analytics/coverage/prism.py", "analytics/reports/making.py"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"NAME = {name!r}\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def places(monkeypatch, tmp_path):
    """The places where kernels may be kept, all in a folder of the test; none asked so far."""
    monkeypatch.setattr(kernels, "__file__", str(tmp_path / "site" / "geofence" / "kernels.py"))
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kernels.kept_in.cache_clear()
    yield {
        "beside": tmp_path / "site" / "geofence" / "__pycache__",
        "user": tmp_path / "cache" / "pingcheng",
        "told": tmp_path / "told",
    }
    kernels.kept_in.cache_clear()


def block(folder: Path) -> None:
    """Make it impossible to make a folder, for root as well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("no folder")


@pytest.mark.parametrize(
    "name",
    ["geofence/matching/emission.py", "geofence/plan/plan.py", "analytics/coverage/prism.py"],
)
def test_another_callee_or_constant_makes_another_folder(installed, name):
    before = kernels.digest(installed)
    (installed / name).write_text("NAME = 'other'\n", encoding="utf-8")
    assert kernels.digest(installed) != before


def test_what_no_kernel_is_made_of_makes_no_other_folder(installed):
    before = kernels.digest(installed)
    (installed / "analytics/reports/making.py").write_text("NAME = 1\n", encoding="utf-8")
    os.utime(installed / "geofence/matching/emission.py", (1, 1))
    assert kernels.digest(installed) == before


def test_a_source_that_moves_to_another_name_makes_another_folder(installed):
    before = kernels.digest(installed)
    source = installed / "geofence/matching/emission.py"
    source.rename(source.with_name("emissions.py"))
    assert kernels.digest(installed) != before


@pytest.mark.parametrize("module", ["numba", "llvmlite", "np"])
def test_another_version_of_a_compiler_makes_another_folder(installed, monkeypatch, module):
    before = kernels.digest(installed)
    monkeypatch.setattr(getattr(kernels, module), "__version__", "0.0.1")
    assert kernels.digest(installed) != before


def test_all_that_a_kernel_may_import_is_hashed():
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    todo = [name for name, path in files.items() if "kernel" in decorators_in(path)]
    assert len(todo) > 20
    reached = set(todo)
    while todo:
        for name in imports_of(files[todo.pop()]) & files.keys() - reached:
            reached.add(name)
            todo.append(name)
    hashed = {path for path in files.values() for source in kernels.SOURCES
              if path.is_relative_to(ROOT / source)}  # fmt: skip
    assert {
        str(files[name].relative_to(ROOT)) for name in reached if files[name] not in hashed
    } == set()


def decorators_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef))
    return {ast.unparse(each) for function in functions for each in function.decorator_list}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def test_kernels_are_kept_where_numba_is_told_to(places, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(places["told"]))
    assert kernels.kept_in().parent == places["told"]
    assert not places["beside"].exists()


def test_else_they_are_kept_beside_the_package(places):
    assert kernels.kept_in().parent == places["beside"]


def test_beside_a_package_that_cannot_be_written_they_go_to_the_cache_of_the_user(places):
    block(places["beside"])
    assert kernels.kept_in().parent == places["user"]


def test_where_nothing_can_be_written_they_are_compiled_in_memory_with_one_line(places, capsys):
    block(places["beside"])
    block(places["user"])
    assert kernels.kept_in() is None
    assert kernels.kept_in() is None
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "NUMBA_CACHE_DIR" in told
    assert kernels.kernel(doubled)(4) == 8


def doubled(number):
    return 2 * number


def test_a_kernel_is_kept_and_numba_is_left_as_it_was(places):
    before = numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES
    assert kernels.kernel(doubled)(4) == 8
    assert before == (numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES)
    assert [*kernels.kept_in().rglob("*doubled*.nbc")]
    assert kernels.kept_in().parent == places["beside"]


def test_folders_of_other_versions_go_but_for_the_last_used(places):
    for age, name in enumerate("abcde"):
        old = places["beside"] / f"pingcheng-kernels-{name}"
        old.mkdir(parents=True)
        (old / "x.nbc").touch()
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    (places["beside"] / "kernels.cpython-311.pyc").touch()
    own = kernels.kept_in()
    assert sorted(path.name for path in places["beside"].iterdir()) == sorted(
        ["kernels.cpython-311.pyc", own.name, *(f"pingcheng-kernels-{name}" for name in "abc")]
    )


def test_what_is_called_aside_runs_beside_the_main_thread_and_elsewhere_where_it_is_called():
    here = threading.current_thread
    told = kernels.aside(lambda number, *, more: (number + more, here()))
    number, thread = told(1, more=2)
    assert (number, thread is threading.main_thread()) == (3, False)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(here).result()
        assert pool.submit(told, 1, more=2).result() == (3, other)


def test_an_error_of_what_is_called_aside_comes_through():
    with pytest.raises(ZeroDivisionError):
        kernels.aside(lambda: 1 / 0)()


def test_an_interruption_ends_the_waiting_and_leaves_what_is_called_aside_to_end_in_peace():
    ended, may_end = threading.Event(), threading.Event()

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        may_end.wait(30)
        ended.set()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            kernels.aside(work)()
    finally:
        signal.signal(signal.SIGINT, before)
    may_end.set()
    assert ended.wait(30)


def test_a_child_process_runs_things_aside_too():
    told = kernels.aside(os.getpid)
    assert told() == os.getpid()
    child = multiprocessing.get_context("fork").Process(target=told)
    child.start()
    child.join(30)
    assert child.exitcode == 0
