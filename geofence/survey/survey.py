"""All files that come of a plan and a map on which its streets were located."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from geofence.locating.resolution import Located, Resolution
from geofence.overrides.application import apply
from geofence.overrides.overrides import Overrides, Unused
from geofence.plan.plan import Plan
from geofence.streetmap.street_map import StreetMap
from geofence.survey.kept_tasks import keep_tasks
from geofence.survey.located_table import render_located
from geofence.survey.review_page import Language, render_review
from geofence.survey.streets import draw_streets
from geofence.survey.streets_file import Feature, features_of, render_streets
from geofence.survey.unlocated import render_unlocated

_UNNAMED: Mapping[Language, str] = {"en": "unnamed {}", "zh": "无名路 {}"}
DRAWN_BY = "drawn by pingcheng plan locate"
"""Stands in the note of a streets.geojson that may be drawn anew."""


@dataclass(frozen=True, slots=True)
class SurveyTerms:
    """What to draw, and how to say it."""

    source: str
    """Where the lines come from, with its licence if that is known."""
    around_m: float
    """How far from what is collected other roads are still drawn."""
    language: Language


@dataclass(frozen=True, slots=True)
class Survey:
    """The files, and what to tell of them."""

    features: Sequence[Feature]
    streets: str
    """Text of streets.geojson."""
    unlocated: str
    """Text of unlocated.csv."""
    located: str
    """Text of located.csv."""
    page: str
    """Text of the page for people."""
    open: tuple[Resolution, ...]
    """Mentions that neither the map nor a person placed."""
    unused: tuple[Unused, ...]
    """Decisions of people, and tasks of sections, that fit the map no more."""


def survey(
    plan: Plan,
    street_map: StreetMap,
    located: Located,
    overrides: Overrides,
    terms: SurveyTerms,
    before: Iterable[Feature] = (),
) -> Survey:
    """Draw the streets, apply what people decided, and list what is still open.

    Parameters
    ----------
    before
        Features of the streets that these take the place of: their tasks are kept.
    """
    sections = draw_streets(
        street_map, located, around_m=terms.around_m, unnamed=_UNNAMED[terms.language]
    )
    features, unused = apply(
        features_of(sections), overrides, grid_ids=[grid.id for grid in plan.grids]
    )
    features, lost = keep_tasks(features, before)
    drawn = {
        (grid_id, mention)
        for feature in features
        for grid_id in feature["properties"]["grids"]
        for mention in (feature["properties"]["name"], *feature["properties"].get("mentions", ()))
    }
    still_open = tuple(
        found for found in located.unlocated if (found.grid_id, found.mention) not in drawn
    )
    operators = {grid.id: plan.operator_by_id[grid.operator_id].name for grid in plan.grids}
    return Survey(
        features=features,
        streets=render_streets(features, note=f"{DRAWN_BY}; {terms.source}"),
        unlocated=render_unlocated(still_open, operators),
        located=render_located(located.resolutions, operators),
        page=render_review(
            plan, features, located.resolutions, source=terms.source, language=terms.language
        ),
        open=still_open,
        unused=(*unused, *lost),
    )
