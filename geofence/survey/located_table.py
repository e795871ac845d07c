"""What was located, how surely and what else it might have been, as CSV."""

import csv
import io
from collections.abc import Iterable, Mapping

from geofence.locating.resolution import REMARK_MEANINGS, Resolution
from ingest.plain_text import harmless

COLUMNS = (
    "grid_id", "operator", "mention", "kind", "names", "match", "score", "runner_up", "remarks",
    "meaning",
)  # fmt: skip


def render_located(resolutions: Iterable[Resolution], operators: Mapping[str, str]) -> str:
    """Write a line for each mention that has a street, those with remarks first, then by score.

    Parameters
    ----------
    operators
        Name of the operator of each grid.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    located = [found for found in resolutions if found.reason is None]
    for found in sorted(located, key=lambda each: (not each.remarks, each.score)):
        cells = (
            found.grid_id,
            operators.get(found.grid_id, ""),
            found.mention,
            found.kind,
            "; ".join(found.names),
            found.match or "",
            f"{found.score:.2f}",
            "" if found.runner_up is None else f"{found.runner_up:.2f}",
            "; ".join(found.remarks),
            " ".join(REMARK_MEANINGS[remark] for remark in found.remarks),
        )
        writer.writerow(map(harmless, cells))
    return text.getvalue()
