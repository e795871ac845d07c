"""A plan.toml that is read again whenever it, or a file that it names, has changed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import structlog

from geofence.plan.fault import PlanError
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan

log = structlog.get_logger(__name__)


class PlanWatch:
    """Tells of changes of a plan that was read just before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamps = self._look()

    def changed(self) -> Plan | None:
        """Give the plan anew if its files have changed; None if not, or if it cannot be used now.

        That a changed plan cannot be used is logged once: whoever runs goes on with the one before.
        """
        stamps = self._look()
        if stamps == self._stamps:
            return None
        self._stamps = stamps
        try:
            plan = read_plan(self._path)
        except PlanError as error:
            log.error(
                "the plan was changed and cannot be used, going on with the one before",
                plan=str(self._path),
                error=str(error),
            )
            return None
        log.info("the plan was changed", plan=str(self._path), version=plan.version)
        return plan

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        return tuple(_stamps([self._path, *_named_by(self._path)]))


def _named_by(path: Path) -> list[Path]:
    """Name the files that stand beside a plan.toml; none if it cannot be read."""
    try:
        top = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [path.parent / value for value in top.values() if isinstance(value, str)]


def _stamps(paths: list[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            found = path.stat()
        except (OSError, ValueError):  # a name of something else, or it is being replaced
            continue
        yield str(path), found.st_mtime_ns, found.st_size
