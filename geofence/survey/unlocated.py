"""What was not located, with the reason and what may have been meant, as CSV."""

import csv
import io
from collections.abc import Iterable, Mapping

from geofence.locating.resolution import REASON_MEANINGS, Resolution
from ingest.plain_text import harmless

COLUMNS = ("grid_id", "operator", "mention", "kind", "reason", "meaning", "detail", "suggestions")


def render_unlocated(resolutions: Iterable[Resolution], operators: Mapping[str, str]) -> str:
    """Write a line for each mention without a street; those that were located are passed over.

    Parameters
    ----------
    operators
        Name of the operator of each grid.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for found in resolutions:
        if found.reason is None:
            continue
        cells = (
            found.grid_id,
            operators.get(found.grid_id, ""),
            found.mention,
            found.kind,
            found.reason,
            REASON_MEANINGS[found.reason],
            found.detail,
            "; ".join(found.suggestions),
        )
        writer.writerow(map(harmless, cells))
    return text.getvalue()
