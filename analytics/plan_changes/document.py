"""The changes of a plan, and what they would have changed, for machines."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from analytics.plan_changes.effects import DayEffect
from analytics.plan_changes.sentences import headline, paragraphs
from analytics.wording.words import Language
from geofence.difference.change import Change
from geofence.difference.comparison import Comparison
from geofence.plan.plan import Plan


def document_of(
    comparison: Comparison, effects: Sequence[DayEffect], language: Language
) -> dict[str, Any]:
    """Give all of it as JSON may hold it; texts are as the plans have them."""
    return {
        "old": _plan(comparison.old),
        "new": _plan(comparison.new),
        "is_judged": comparison.is_judged,
        "gained_m": round(comparison.gained_m, 1),
        "lost_m": round(comparison.lost_m, 1),
        "headline": headline(comparison, language),
        "changes": [_change(each) for each in comparison.changes],
        "sentences": [
            {"grid": each.grid_id or None, "sentences": list(each.sentences)}
            for each in paragraphs(comparison, language)
        ],
        "effects": [_effect(each) for each in effects],
    }


def _plan(plan: Plan) -> dict[str, str]:
    return {
        "name": plan.name,
        "version": plan.version,
        "effective_from": plan.effective_from.isoformat(),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "grid": change.grid_id or None,
        "operator": change.operator_id or None,
        "subject": change.subject or None,
        "before": list(change.before),
        "after": list(change.after),
        "gained_m": round(change.gained_m, 1),
        "lost_m": round(change.lost_m, 1),
        "moved_m": round(change.moved_m, 1),
        "is_judged": change.is_judged,
    }


def _effect(effect: DayEffect) -> dict[str, Any]:
    turned = [
        {
            **asdict(each),
            "service_date": each.service_date.isoformat(),
            "was": None if each.was is None else list(each.was),
        }
        for each in effect.turned
    ]
    return {
        "service_date": effect.service_date.isoformat(),
        "ping_count": effect.ping_count,
        "before": dict(effect.before),
        "after": dict(effect.after),
        "turned": turned,
    }
