"""A plan that somebody edits: one change after the other, each to the plan as it was last shown."""

import threading
from pathlib import Path
from typing import Protocol

from analytics.dashboard.documents.documents import BasemapDoc
from analytics.plan_editor.documents import (
    ChangeDoc,
    PlanDoc,
    SavedDoc,
    change_document,
    plan_document,
    status_document,
)
from analytics.plan_editor.edited_plan import Change, EditedPlan
from analytics.plan_editor.plan_folder import PlanFolder


class StaleError(Exception):
    """What is wanted was thought of a plan that is another one by now."""


class NothingError(Exception):
    """There is nothing to be taken back or done again."""


class Doable(Protocol):
    """What can be done to a plan."""

    @property
    def revision(self) -> int:
        """Of the plan that it was thought of."""

    def follow(self, plan: EditedPlan) -> Change | None:
        """Do it; None if there was nothing to do."""


class Editor:
    """A plan, its files, and how often it changed. For several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._folder = PlanFolder(path)
        self._revision = 1

    def document(self, basemap: BasemapDoc | None) -> PlanDoc:
        """Describe the plan as it is now."""
        with self._lock:
            return plan_document(self._folder, self._revision, basemap)

    def do(self, wish: Doable) -> ChangeDoc:
        """Do what is wanted.

        Raises
        ------
        StaleError
            If the plan is another one by now.
        NothingError
            If there is nothing to be taken back or done again.
        PlanError, LineError
            If the plan would be broken; nothing was done.
        KeyError
            If a section, grid or exception is not there.
        """
        with self._lock:
            self._need(wish.revision)
            change = wish.follow(self._folder.edited)
            if change is None:
                raise NothingError
            self._revision += 1
            return change_document(self._folder, self._revision, change)

    def save(self, revision: int) -> SavedDoc:
        """Write the files; see `PlanFolder.save` for what can be in the way."""
        with self._lock:
            self._need(revision)
            files = self._folder.save()
            return SavedDoc(files=files, status=status_document(self._folder, self._revision))

    def reload(self) -> None:
        """Read the files anew, whatever was done since; PlanError if they are broken."""
        with self._lock:
            self._folder.load()
            self._revision += 1

    def changed_on_disk(self) -> list[str]:
        """Name the files that somebody else changed."""
        with self._lock:
            return self._folder.changed_on_disk()

    @property
    def is_saved(self) -> bool:
        """Whether the files hold all that was done."""
        with self._lock:
            return self._folder.is_saved

    def _need(self, revision: int) -> None:
        if revision != self._revision:
            raise StaleError
