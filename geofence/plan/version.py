"""The version of a plan: a hash of what it says, not of how it is written."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from geofence.plan.plan import Exemption, Plan, Section
from geofence.plan.work import said_of, speeds_by_name


def content_version(plan: Plan) -> str:
    """Give the SHA-256 of a plan's content as 64 hexadecimal digits.

    White space, comments, the order of keys and features and the spelling of numbers have no part
    in it, nor have contacts: they change nothing that is judged. The version the plan carries is
    not looked at.
    """
    digest = hashlib.sha256()
    digest.update(_canonical(_head(plan)))
    for section in sorted(plan.sections, key=lambda section: section.id):
        digest.update(_canonical(_section(section)))
        positions = section.coordinates + 0.0  # -0.0 and 0.0 are one place
        digest.update(np.ascontiguousarray(positions, dtype="<f8").tobytes())
    return digest.hexdigest()


def _head(plan: Plan) -> dict[str, Any]:
    head = {
        "name": plan.name,
        "timezone": plan.timezone,
        "effective_from": plan.effective_from.isoformat(),
        "schematic": plan.schematic,
        "rules": asdict(plan.rules),
        "operators": [[operator.id, operator.name] for operator in plan.operators],
        "grids": [
            {
                "id": grid.id,
                "operator": grid.operator_id,
                "vehicles": grid.vehicles,
                "windows": [[window.start_min, window.end_min] for window in grid.windows],
                "windows_as_written": [window.text for window in grid.windows],
                "days": sorted(grid.days),
                "streets": grid.streets,
                **said_of(grid.tasks),
            }
            for grid in plan.grids
        ],
        "assignments": [
            [assignment.grid_id, assignment.service_date.isoformat(), assignment.vehicles]
            for assignment in plan.assignments
        ],
        "facilities": sorted(
            [facility.kind, facility.name, facility.longitude + 0.0, facility.latitude + 0.0]
            for facility in plan.facilities
        ),
    }
    # what a plan does not have is not mentioned, so that older plans keep their version
    spares = {operator.id: operator.spares for operator in plan.operators if operator.spares}
    if spares:
        head["spares"] = spares
    if plan.speeds_kmh:
        head["per_task"] = speeds_by_name(plan.speeds_kmh)
    if plan.exemptions:
        head["exceptions"] = [_exemption(exemption) for exemption in plan.exemptions]
    return head


def _exemption(exemption: Exemption) -> dict[str, Any]:
    return {
        "reason": exemption.reason,
        "note": exemption.note,
        "dates": [exemption.first.isoformat(), exemption.last.isoformat()],
        "grid": exemption.grid_id,
        "streets": exemption.streets,
        "windows": exemption.windows,
    }


def _section(section: Section) -> list[Any]:
    said: list[Any] = [
        section.id, section.name, sorted(section.grids), section.oneway, len(section.coordinates)
    ]  # fmt: skip
    said += [section.mentions] if section.mentions else []
    return [*said, said_of(section.tasks)] if section.tasks else said


def _canonical(value: Iterable[Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"
