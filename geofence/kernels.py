"""Compiled kernels, kept on disk and never stale.

numba keeps machine code beside a kernel's file and asks only whether that file has changed, not
what the kernel calls or which constants it took from other modules. So the folder that keeps it is
named by a hash of all that kernels are made of: every source that one may import, and the versions
of the compilers. After an upgrade there is another folder, and what was compiled before is not
looked at; folders that nobody has used for long are removed. One program at a time compiles or
fetches a kernel: of two that fill an empty folder, each would take the other's number for its own.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import llvmlite
import numba
import numpy as np

SOURCES = (
    "ingest/plain_text.py",
    "ingest/tasks.py",
    "ingest/time_zones.py",
    "geofence/cycle_search.py",
    "geofence/fault.py",
    "geofence/kernels.py",
    "geofence/plan",
    "geofence/network",
    "geofence/track",
    "geofence/matching",
    "geofence/seen",
    "analytics/coverage",
    "analytics/verdicts",
    "analytics/makeup",
)
"""Where kernels stand and what they import, relative to where the packages are installed."""
KEPT_FOLDERS = 3
"""How many folders of other versions stay, the last used: a program may still run from them."""
Function = TypeVar("Function", bound=Callable[..., object])
Parameters = ParamSpec("Parameters")
Given = TypeVar("Given")
_numba: Any = numba.config
_ROOT = Path(__file__).resolve().parents[1]
_PREFIX = "pingcheng-kernels-"
_LOCK = ".lock"
_compiling = threading.RLock()
_depth = 0


def kernel(function: Function) -> Function:
    """Compile a function when it is first called; other threads may run meanwhile.

    Callees are compiled into it, and module constants are frozen: see `SOURCES`.
    """
    folder = kept_in()
    compiled: Any = numba.njit(nogil=True)(function)
    if folder is not None:
        # numba looks for the place when caching is enabled, so the settings hold for that moment
        before = _numba.CACHE_DIR, _numba.CACHE_LOCATOR_CLASSES
        _numba.CACHE_DIR, _numba.CACHE_LOCATOR_CLASSES = str(folder), ""
        try:
            compiled.enable_caching()
        finally:
            _numba.CACHE_DIR, _numba.CACHE_LOCATOR_CLASSES = before
        compiled.compile = _one_at_a_time(compiled.compile, folder / _LOCK)
    return cast("Function", compiled)


def _one_at_a_time(compile_or_fetch: Callable[..., Any], lock: Path) -> Callable[..., Any]:
    """Have a kernel compiled, or fetched from the folder, by one program at a time."""

    @wraps(compile_or_fetch)
    def alone(*args: object) -> Any:  # noqa: ANN401 - numba's
        with _compiling, _held(lock):
            return compile_or_fetch(*args)

    return alone


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a lock between programs; whoever holds it compiles the callees of a kernel too."""
    global _depth  # noqa: PLW0603 - guarded by _compiling
    file = None
    if _depth == 0:
        # a folder that is swept or may no more be written to is no reason not to compile
        with suppress(OSError):
            file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.flock(file, fcntl.LOCK_EX)
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if file is not None:
            os.close(file)


def aside(function: Callable[Parameters, Given]) -> Callable[Parameters, Given]:
    """Have a function that calls kernels run beside the main thread, which alone takes signals.

    A kernel whose caller is interrupted while its arguments or results are turned into Python's
    ends in a crash or a `SystemError`. Called aside, it is waited for, and Ctrl-C ends the waiting.
    """

    @wraps(function)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Given:
        if threading.current_thread() is not threading.main_thread():
            return function(*args, **kwargs)
        return _thread().submit(function, *args, **kwargs).result()

    return run


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "kernels")


os.register_at_fork(after_in_child=_thread.cache_clear)  # a child has no thread but its own


@cache
def kept_in() -> Path | None:
    """Give the folder in which this program's kernels are kept, made if need be.

    It lies in ``NUMBA_CACHE_DIR`` where that is set, else beside the package, else in the user's
    cache; None, with a line on stderr, if none of them can be written.
    """
    name = _PREFIX + code_version()
    for base in _bases():
        folder = base / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                os.utime(folder)  # it is in use
        except OSError:
            continue
        _sweep(base, folder)
        return folder
    sys.stderr.write(
        "note: compiled kernels cannot be kept, so each start compiles anew for about a minute; "
        "set NUMBA_CACHE_DIR to a folder that can be written\n"
    )
    return None


@cache
def code_version() -> str:
    """Name the code that observes and judges, and what it is compiled with."""
    return digest(_ROOT)


def digest(root: Path) -> str:
    """Hash what kernels are made of: the sources below `root`, and the compilers' versions."""
    made_of = hashlib.blake2b(digest_size=10)
    for version in (numba.__version__, llvmlite.__version__, np.__version__, sys.version):
        made_of.update(f"{version}\n".encode())
    for path in _sources(root):
        content = path.read_bytes()
        made_of.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        made_of.update(content)
    return made_of.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = root / source
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _bases() -> Iterator[Path]:
    if _numba.CACHE_DIR:
        yield Path(_numba.CACHE_DIR)
        return
    yield Path(__file__).resolve().parent / "__pycache__"
    with suppress(RuntimeError):  # nobody's home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pingcheng"


def _sweep(base: Path, own: Path) -> None:
    """Remove the folders of other versions, but for the last used."""
    with suppress(OSError):  # another program sweeps too, or may not
        others = [path for path in base.glob(f"{_PREFIX}*") if path != own]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[KEPT_FOLDERS:]:
            shutil.rmtree(path, ignore_errors=True)
