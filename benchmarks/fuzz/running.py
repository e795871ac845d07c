"""Inputs by number: each is made of seed, subject and number alone, on however many cores."""

import os
import random
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

import structlog

from benchmarks.fuzz.decoders import Decoders
from benchmarks.fuzz.frames import Frames
from benchmarks.fuzz.gateway import Gateway
from benchmarks.fuzz.http import Http
from benchmarks.fuzz.maps import Maps
from benchmarks.fuzz.notices import Notices
from benchmarks.fuzz.plans import Plans
from benchmarks.fuzz.recordings import Recordings
from benchmarks.fuzz.subject import Counts, Failure, Subject, ThroughError, shorten
from benchmarks.fuzz.texts import Texts

SUBJECTS: dict[str, type[Subject]] = {
    each.name: each
    for each in (Decoders, Frames, Texts, Http, Gateway, Plans, Notices, Maps, Recordings)
}
LONGEST_S = 60.0
"""An input that keeps the product busy for longer counts as uncaught."""
CHUNK = 2000
"""Inputs that a process is given at once, at most."""


class TooLongError(BaseException):
    """An input has kept the product busy for too long; no part of it may catch this."""


@contextmanager
def limited() -> Iterator[None]:
    """Raise `TooLongError` in what takes too long; for the main thread of a process."""
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def split(count: int, subjects: Sequence[str]) -> dict[str, int]:
    """Share a number of inputs among subjects, so that none has none."""
    whole = sum(SUBJECTS[name].share for name in subjects)
    shared = {name: max(1, int(count * SUBJECTS[name].share / whole)) for name in subjects}
    largest = max(shared, key=lambda name: shared[name])
    shared[largest] += max(0, count - sum(shared.values()))
    return shared


def throw(subject: Subject, seed: int, numbers: Sequence[int]) -> Counts:
    """Throw some inputs of a subject, by number."""
    counts = Counts()
    chance = random.Random()
    for number in numbers:
        chance.seed(f"{seed} {subject.name} {number}")
        made = subject.make(chance)
        counts.inputs += 1
        try:
            with limited():
                counts.refused += subject.throw(made)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except ThroughError as error:
            counts.through += 1
            told, kind = str(error), str(error).partition(":")[0]
        except BaseException as error:  # noqa: BLE001 - an exit or a panic is one too
            counts.uncaught += 1
            kind = f"{type(error).__name__} at {_place_of(error)}"
            told = f"{kind}: {error}"
        else:
            continue
        failure = Failure(subject.name, number, kind, shorten(told)[1:-1], shorten(made))
        counts.add(Counts(failures=[failure]))
    return counts


def throw_all(
    shared: dict[str, int], seed: int, workers: int, folder: Path, tell: Callable[[str, bool], None]
) -> dict[str, Counts]:
    """Throw all inputs on some processes; `tell` hears how far it is, and with True of failures.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        If a process died, as of a fault in compiled code.
    """
    found = {name: Counts() for name in shared}
    chunks, running = _chunks(shared), set[Future[tuple[str, Counts]]]()
    whole, done = sum(shared.values()), 0
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_begin, initargs=(folder,)
    ) as pool:
        while True:
            while len(running) < 2 * workers and (chunk := next(chunks, None)):
                running.add(pool.submit(_throw_chunk, seed, *chunk))
            if not running:
                return found
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for each in finished:
                name, counts = each.result()
                known = {failure.kind for failure in found[name].failures}
                for failure in counts.failures:
                    if failure.kind not in known:
                        tell(str(failure), True)
                found[name].add(counts)
                done += counts.inputs
            failed = sum(counts.uncaught + counts.through for counts in found.values())
            tell(f"{done:,} of {whole:,} inputs, {failed:,} failures", False)


def _chunks(shared: dict[str, int]) -> Iterator[tuple[str, int, int]]:
    """Give subject, first number and one past the last; slow subjects take smaller steps."""
    for name, count in sorted(shared.items(), key=lambda item: SUBJECTS[item[0]].share):
        step = CHUNK if SUBJECTS[name].share >= 0.1 else CHUNK // 20
        for first in range(0, count, step):
            yield name, first, min(first + step, count)


@dataclass(slots=True)
class _Process:
    """What one process keeps from chunk to chunk."""

    folder: Path = Path()
    subjects: dict[str, Subject] = field(default_factory=dict)


_process = _Process()


def _begin(folder: Path) -> None:
    _process.folder = folder / str(os.getpid())
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    warnings.simplefilter("ignore")  # openpyxl warns of damage, each time


def _too_long(_: int, __: FrameType | None) -> None:
    raise TooLongError(f"it took more than {LONGEST_S:g} s")


def _throw_chunk(seed: int, name: str, first: int, end: int) -> tuple[str, Counts]:
    if name not in _process.subjects:
        _process.subjects[name] = open_subject(name, _process.folder)
    return name, throw(_process.subjects[name], seed, range(first, end))


def open_subject(name: str, folder: Path) -> Subject:
    """Make a subject ready, with a folder of its own."""
    own = folder / name
    own.mkdir(parents=True)
    return SUBJECTS[name](own)


def _place_of(error: BaseException) -> str:
    """Name the last line of the product that the exception went through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.name != "too_long"]
    root = str(Path(__file__).resolve().parents[2])
    ours = [each for each in frames if each.filename.startswith(root) and "/.venv" not in
            each.filename.removeprefix(root)]  # fmt: skip
    last = (ours or frames or [traceback.FrameSummary("?", 0, "?")])[-1]
    return f"{last.filename.removeprefix(root).lstrip('/')}:{last.lineno}"
