"""The contract of a wing: who may come in by which door, and where it may go itself.

A contract type of import-linter. The door of a wing stands in its ``__init__.py``: ``__all__``
names the modules that others may import, all others are private to the wing. Where the wing may
go is the option `imports`: wings, or modules that stand outside any; without it, anywhere that
the floors allow.
"""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import grimp
from importlinter import Contract, ContractCheck, fields, output


def door_of(wing: str) -> tuple[str, ...]:
    """Read which modules a wing lets others import, without importing it.

    Raises
    ------
    ValueError
        If its ``__init__.py`` has no ``__all__``.
    """
    spec = importlib.util.find_spec(wing)
    if spec is None or spec.origin is None:
        raise ValueError(f"{wing}: there is no such wing")
    for statement in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return tuple(ast.literal_eval(statement.value))
    raise ValueError(f"{wing}: its __init__.py has no __all__, which names its door")


def wing_of(module: str, packages: frozenset[str]) -> str:
    """Give the wing that a module stands in; itself if it stands outside any."""
    above = module.rpartition(".")[0]
    return above if "." in above and above in packages else module


class WingContract(Contract):
    """One wing's door and ways, see the module."""

    type_name: ClassVar[str] = "wing"
    wing = fields.StringField()
    imports = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        """Find what comes in past the door and what goes where it may not."""
        faults = sorted({*self._past_the_door(graph), *self._astray(graph)})
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Tell each fault with its place."""
        for fault in check.metadata["faults"]:
            output.print_error(f"- {fault}", bold=False)
        output.new_line()

    def _rooms(self, graph: grimp.ImportGraph) -> set[str]:
        return {each for each in graph.find_children(self.wing) if not graph.find_children(each)}

    def _past_the_door(self, graph: grimp.ImportGraph) -> Iterator[str]:
        rooms = self._rooms(graph)
        door = {f"{self.wing}.{name}" for name in door_of(self.wing)}
        for absent in sorted(door - rooms):
            yield f"{self.wing}: its door names {absent}, which is no module of it"
        for room in sorted(rooms - door):
            for guest in sorted(graph.find_modules_that_directly_import(room) - rooms):
                yield (
                    f"{room} is private to {self.wing}, but {guest} imports it "
                    f"({_lines(graph, guest, room)}); its door: {', '.join(sorted(door))}"
                )

    def _astray(self, graph: grimp.ImportGraph) -> Iterator[str]:
        if self.imports is None:
            return
        ours = (each for each in graph.modules if not graph.is_module_squashed(each))
        packages = frozenset(each for each in ours if graph.find_children(each))
        allowed = {*self.imports, self.wing}
        used = set()
        for room in sorted(self._rooms(graph)):
            for target in sorted(graph.find_modules_directly_imported_by(room)):
                if graph.is_module_squashed(target):
                    continue  # outside software
                wing = wing_of(target, packages)
                used.add(wing)
                if wing not in allowed:
                    yield (
                        f"{self.wing} may not import {wing}, but {room} does "
                        f"({_lines(graph, room, target)})"
                    )
        for unused in sorted(allowed - used - {self.wing}):
            yield f"{self.wing} no longer imports {unused}: take it out of its contract"


def _lines(graph: grimp.ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    return ", ".join(f"line {each['line_number']}" for each in details)
