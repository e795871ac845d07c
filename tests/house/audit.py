"""Known holes in what the locks hold: pip-audit and npm audit, less those that were accepted.

    python -m tests.house.audit [--osv-url URL] [--registry URL]

Asks OSV of every version in ``requirements*.lock``, whatever system it is for, and npm's registry
of those in the page's ``package-lock.json``. A hole that cannot be mended yet stands in
``accepted_holes.toml`` with reason and date.

Exit codes: 0 no hole but accepted ones; 1 a hole that nobody accepted, or an acceptance of one that
is gone; 2 wrong use, or a lock or ``accepted_holes.toml`` is broken; 3 a service gave no answer,
which says nothing about holes. A hole that was found counts before a service that was not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.house.locks import PAGE, LockError, Pin, npm, page_pins, pins_of, rounds_of
from tests.house.tree import ROOT

ACCEPTED = Path(__file__).with_name("accepted_holes.toml")
OSV_URL = "https://api.osv.dev/v1/query"
CLEAN, OPEN, BROKEN, UNANSWERED = 0, 1, 2, 3
_LEAST_WORDS = 4


class NoAnswerError(Exception):
    """A service could not be asked, or did not tell of all it was asked about."""


class AcceptedError(ValueError):
    """``accepted_holes.toml`` is broken: entry, value and how to mend it."""


@dataclass(frozen=True, slots=True)
class Hole:
    """What is known to be wrong with a version."""

    package: str
    version: str
    names: tuple[str, ...]
    """The advisory's own id first, then others of the same hole."""
    detail: str

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ""
        return f"{self.package}{version}: {', '.join(self.names)}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A hole that is known and left open for now."""

    name: str
    package: str
    reason: str
    since: date

    def covers(self, hole: Hole) -> bool:
        """Tell whether it is this hole, by any of its names."""
        return self.package == hole.package and self.name in hole.names


def accepted_of(text: str) -> list[Acceptance]:
    """Read ``accepted_holes.toml``.

    Raises
    ------
    AcceptedError
        If an entry lacks its id, package, reason or date.
    """
    try:
        entries = tomllib.loads(text).get("accepted", [])
    except tomllib.TOMLDecodeError as error:
        raise AcceptedError(f"mend the TOML: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AcceptedError("accepted: begin each one with [[accepted]]")
    return [_acceptance(f"accepted[{number}]", entry) for number, entry in enumerate(entries)]


def _acceptance(where: str, entry: dict[str, Any]) -> Acceptance:
    known = ("id", "package", "reason", "date")
    for key in entry:
        if key not in known:
            raise AcceptedError(f"{where}.{key}: there is no such key ({', '.join(known)})")
    for key in known[:3]:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise AcceptedError(f'{where}.{key} = {entry.get(key)!r}: write a text: {key} = "…"')
    since = entry.get("date")
    if not isinstance(since, date) or isinstance(since, datetime):
        raise AcceptedError(f"{where}.date = {since!r}: write the day: date = 2026-11-29")
    if len(entry["reason"].split()) < _LEAST_WORDS:
        raise AcceptedError(f"{where}.reason = {entry['reason']!r}: say why it may stay open")
    return Acceptance(entry["id"].strip(), entry["package"].strip(), entry["reason"], since)


def ask_osv(pins: Iterable[Pin], url: str) -> list[Hole]:
    """Have pip-audit ask OSV about versions.

    Raises
    ------
    NoAnswerError
        If it gave no answer about any of them.
    """
    holes = []
    for asked in rounds_of(pins):
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder, "pins.txt")
            lines = [f"{name}=={version}\n" for name, version in asked]
            listed.write_text("".join(lines), encoding="utf-8")
            done = subprocess.run(
                [
                    sys.executable, "-m", "pip_audit", "--requirement", str(listed),
                    "--disable-pip", "--no-deps", "--vulnerability-service", "osv",
                    "--osv-url", url, "--format", "json", "--progress-spinner", "off",
                ],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        holes += holes_of_pip_audit(_answer("pip-audit", done), asked)
    return holes


def _answer(tool: str, done: subprocess.CompletedProcess[str]) -> Any:
    """Parse what a tool printed: each exits with 1 for a hole and for a failure alike."""
    try:
        return json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.strip().splitlines() or [f"it exited with {done.returncode}"]
        raise NoAnswerError(f"{tool}: {lines[-1]}") from None


def holes_of_pip_audit(answer: Any, asked: Iterable[Pin]) -> list[Hole]:
    """Read the JSON of pip-audit.

    Raises
    ------
    NoAnswerError
        If a version that was asked about is not told of.
    """
    told = {(each["name"], each["version"]): each for each in answer["dependencies"]
            if "skip_reason" not in each}  # fmt: skip
    if untold := sorted(set(asked) - set(told)):
        named = ", ".join("==".join(pin) for pin in untold)
        raise NoAnswerError(f"pip-audit: nothing was told of {named}")
    return [
        Hole(
            package=name,
            version=version,
            names=tuple(dict.fromkeys([vuln["id"], *vuln["aliases"]])),
            detail=f"mended in {', '.join(vuln['fix_versions']) or 'no version yet'}",
        )
        for (name, version), each in told.items()
        for vuln in each["vulns"]
    ]


def ask_npm(folder: Path, registry: str | None) -> list[Hole]:
    """Have npm ask its registry about the page's lock.

    Raises
    ------
    NoAnswerError
        If it gave no answer.
    """
    command = ["audit", "--json", "--package-lock-only", "--fetch-retries", "1"]
    command += ["--registry", registry] if registry else []
    try:
        called = npm()
    except FileNotFoundError as error:
        raise NoAnswerError(f"npm audit: {error}") from None
    done = subprocess.run(
        [*called, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    return holes_of_npm(_answer("npm audit", done), len(page_pins(folder)))


def holes_of_npm(answer: Any, packages: int) -> list[Hole]:
    """Read the JSON of ``npm audit``; `packages` is how many the lock holds.

    Raises
    ------
    NoAnswerError
        If it tells of an error, or of fewer packages.
    """
    if "vulnerabilities" not in answer:
        said = answer.get("message") or answer.get("error")
        raise NoAnswerError(f"npm audit: {said}")
    looked_at = answer["metadata"]["dependencies"]["total"]
    if looked_at < packages:
        raise NoAnswerError(f"npm audit: {looked_at} of {packages} packages were looked at")
    return [
        Hole(
            package=advisory["name"],
            version=advisory["range"],
            names=(advisory["url"].rpartition("/")[2],),
            detail=f"{advisory['title']} ({advisory['severity']})",
        )
        for each in answer["vulnerabilities"].values()
        for advisory in each["via"]
        if not isinstance(advisory, str)  # a text names a package that it comes from
    ]


def verdict_of(
    holes: Sequence[Hole], unanswered: Sequence[str], accepted: Sequence[Acceptance]
) -> tuple[int, list[str]]:
    """Give the exit code, and what to say."""
    lines, code = [], CLEAN
    for hole in holes:
        known = next((each for each in accepted if each.covers(hole)), None)
        if known is None:
            lines.append(f"open: {hole}")
            code = OPEN
        else:
            lines.append(f"accepted since {known.since}: {hole} ({known.reason})")
    gone = [each for each in accepted if not any(map(each.covers, holes))]
    for each in gone if not unanswered else ():
        lines.append(f"gone: {each.package}: {each.name}: take it out of {ACCEPTED.name}")
        code = OPEN
    lines += [f"no answer: {line}" for line in unanswered]
    if unanswered:
        lines.append("no answer is no all-clear: run this where the service can be reached")
    return code or (UNANSWERED if unanswered else CLEAN), lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask both and print what is open; give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--osv-url", default=OSV_URL, help="default %(default)s")
    parser.add_argument("--registry", help="npm's registry (default: as npm is configured)")
    options = parser.parse_args(arguments)
    locks = sorted(ROOT.glob("requirements*.lock"))
    try:
        accepted = accepted_of(ACCEPTED.read_text(encoding="utf-8"))
        pins = {pin for lock in locks for pin in pins_of(lock)}
        packages = page_pins(ROOT / PAGE)
    except AcceptedError as error:
        return _say(BROKEN, [f"{ACCEPTED.name}: {error}"])
    except LockError as error:
        return _say(BROKEN, [str(error)])
    _say(CLEAN, [f"{len(pins)} versions in {len(locks)} locks, {len(packages)} of npm"])
    holes: list[Hole] = []
    unanswered = []
    for ask in (
        lambda: ask_osv(pins, options.osv_url),
        lambda: ask_npm(ROOT / PAGE, options.registry),
    ):
        try:
            holes += ask()
        except NoAnswerError as error:
            unanswered.append(str(error))
    code, lines = verdict_of(holes, unanswered, accepted)
    return _say(code, [*lines, *(["no open hole"] if code == CLEAN else [])])


def _say(code: int, lines: Sequence[str]) -> int:
    for line in lines:
        print(line, flush=True)  # noqa: T201 - a check says what it found
    return code


if __name__ == "__main__":
    sys.exit(main())
