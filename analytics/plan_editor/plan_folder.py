"""The files of an edited plan: read once, and saved whole unless somebody else changed them."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.plan_editor.edited_plan import EditedPlan, Tables
from analytics.plan_editor.plan_text import UnchangeableError, revised_text
from geofence.overrides.overrides import Overrides
from geofence.overrides.overrides_file import OVERRIDES_FILE, read_overrides, render_overrides
from geofence.overrides.redrawing import Feature
from geofence.plan.fault import FaultCode, PlanError, PlanFault
from geofence.plan.plan import Plan
from geofence.plan.reader import plan_of, read_plan, sections_of
from ingest.output_file import write_file

_BOM = "\ufeff"


class ChangedOnDiskError(Exception):
    """Somebody else wrote files of the plan since they were read: `files` names them."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files = tuple(files)
        super().__init__(f"{', '.join(files)} changed on disk since it was read")


@dataclass(frozen=True, slots=True)
class _Saved:
    """What the files hold."""

    tables: Tables
    exceptions: tuple[int, ...]
    """Numbers of the exceptions, in the order of the file."""
    features: Sequence[Feature]
    overrides: Overrides


class PlanFolder:
    """The files of one plan.

    Parameters
    ----------
    path
        That of plan.toml.

    Raises
    ------
    PlanError
        If the plan, or overrides.toml beside it, is broken.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan: Plan
        self.load()

    @property
    def overrides_path(self) -> Path:
        """Where the decisions are kept."""
        return self.path.parent / OVERRIDES_FILE

    def load(self) -> EditedPlan:
        """Read the files anew; PlanError if they are broken, and then all stays as it was."""
        plan = read_plan(self.path)
        text = self.path.read_bytes().decode("utf-8")
        values = tomllib.loads(text.removeprefix(_BOM))
        streets_path = self.path.parent / values["streets"].strip()
        paths = (self.path, streets_path, self.overrides_path)
        stamps = {path: _stamp(path) for path in paths}
        collection = json.loads(streets_path.read_text(encoding="utf-8-sig"))
        overrides = read_overrides(self.overrides_path)
        edited = EditedPlan(values, collection["features"], overrides)
        self.plan = plan
        self._text, self._values, self._collection = text, values, collection
        self.streets_path, self._stamps = streets_path, stamps
        self._keep(edited, ())
        self.edited = edited
        return edited

    def changed_on_disk(self) -> list[str]:
        """Name the files that somebody else changed since they were read or saved."""
        return [path.name for path, stamp in self._stamps.items() if _stamp(path) != stamp]

    @property
    def is_saved(self) -> bool:
        """Whether the files hold the plan as it is now."""
        edited, saved = self.edited, self._saved
        return (
            edited.tables == saved.tables
            and edited.overrides == saved.overrides
            and edited.streets.features() == saved.features
        )

    def save(self) -> list[str]:
        """Write the files that differ; give their names.

        All is read back before the first one is replaced, so no broken plan is ever written.

        Raises
        ------
        ChangedOnDiskError
            If somebody else changed them.
        PlanError
            If the plan could not be read back.
        OSError
            If a file cannot be written.
        """
        changed = self.changed_on_disk()
        if changed:
            raise ChangedOnDiskError(changed)
        texts = self._texts_to_write()
        text = texts.get(self.path, self._text)
        self._read_back(text, texts.get(self.streets_path))
        for path, written in texts.items():
            write_file(path, written)
            self._stamps[path] = _stamp(path)
        self._text, self._values = text, tomllib.loads(text.removeprefix(_BOM))
        self._keep(self.edited, self._saved.exceptions)
        return [path.name for path in texts]

    def _keep(self, edited: EditedPlan, before: Sequence[int]) -> None:
        """Note what the files hold; `before` are the exceptions that they held."""
        now = [each.number for each in edited.tables.exceptions]
        order = [number for number in before if number in now]
        order += [number for number in now if number not in before]
        self._saved = _Saved(
            edited.tables, tuple(order), edited.streets.features(), edited.overrides
        )

    def _texts_to_write(self) -> dict[Path, str]:
        """Give the text of each file that differs; streets first, as the plan refers to them."""
        edited, texts = self.edited, {}
        features = edited.streets.features()
        if features != self._saved.features:
            texts[self.streets_path] = self._render_streets(features)
        if edited.tables != self._saved.tables:
            texts[self.path] = self._render_plan()
        if edited.overrides != self._saved.overrides:
            texts[self.overrides_path] = render_overrides(edited.overrides)
        return texts

    def _render_plan(self) -> str:
        tables = self.edited.tables
        places = {number: place for place, number in enumerate(self._saved.exceptions)}
        order: Mapping[str, Sequence[int | None]] = {
            "operators": range(len(tables.operators)),
            "grids": range(len(tables.grids)),
            "exceptions": [places.get(each.number) for each in tables.exceptions],
        }
        try:
            text = self._text.removeprefix(_BOM)
            written = revised_text(text, self._values, self.edited.values, order=order)
        except UnchangeableError as error:
            fault = PlanFault(FaultCode.TOML_SYNTAX, self.path.name, "", "", str(error))
            raise PlanError([fault]) from error
        return f"{_BOM}{written}" if self._text.startswith(_BOM) else written

    def _render_streets(self, features: Sequence[Feature]) -> str:
        """Write one feature a line, so that two versions can be compared line by line."""
        members = {key: value for key, value in self._collection.items() if key != "features"}
        head = json.dumps(members, ensure_ascii=False)[:-1]
        lines = ",\n".join(
            json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features
        )
        return f'{head}, "features": [\n{lines}\n]}}\n'

    def _read_back(self, text: str, streets: str | None) -> None:
        """Read what would be written; streets that are not written are as they were read."""
        values: dict[str, Any] = tomllib.loads(text.removeprefix(_BOM))
        grid_ids = [grid["id"].strip() for grid in values["grids"]]
        features = self._saved.features if streets is None else json.loads(streets)["features"]
        sections = sections_of(features, self.streets_path.name, grid_ids)
        plan_of(values, self.path.name, sections)


def _stamp(path: Path) -> str:
    """Tell a content from another; empty if there is no such file."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except FileNotFoundError:
        return ""
