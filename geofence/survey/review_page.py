"""A page of its own, without a network, on which people look whether mentions were placed right."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Literal

import numpy as np

from geofence.locating.resolution import (
    REASON_MEANINGS,
    REMARK_MEANINGS,
    Remark,
    Resolution,
    UnlocatedReason,
)
from geofence.plan.plan import Plan
from geofence.survey.lines import Floats, metres_from
from geofence.survey.streets_file import Feature
from ingest.plain_text import plain

Language = Literal["en", "zh"]
_UNITS_A_METRE = 10.0
"""Places are whole decimetres, each from the one before."""
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "heading": "streets located",
        "search": "grid, operator or street",
        "openOnly": "open or in doubt",
        "open": "open",
        "summary": "{located} of {all} mentions located, {remarked} of them to be looked at",
        "found": "found",
        "may_be": "maybe",
        "area": "streets of the area",
        "by_hand": "assigned by hand",
    },
    "zh": {
        "heading": "街道定位",
        "search": "网格、单位或街道",
        "openOnly": "只看未定和存疑",
        "open": "未定",
        "summary": "{all} 处街道已定位 {located} 处，其中 {remarked} 处请核对",
        "found": "地图名",
        "may_be": "也许是",
        "area": "区域内街道",
        "by_hand": "人工指定",
    },
}
_REASONS_ZH: dict[UnlocatedReason, str] = {
    UnlocatedReason.FRAGMENT: "不成名称",
    UnlocatedReason.NOT_FOUND: "地图上没有",
    UnlocatedReason.AMBIGUOUS: "有几处同样相符",
    UnlocatedReason.SIDE_UNCLEAR: "分不出这一段",
    UnlocatedReason.CONTINUATION_ABSENT: "没有延伸路段",
    UnlocatedReason.END_NOT_FOUND: "起止点找不到",
    UnlocatedReason.ENDS_UNCONNECTED: "起止点之间不相连",
    UnlocatedReason.BRANCH_ABSENT: "没有支路",
    UnlocatedReason.NOTE_UNREAD: "名称旁的说明无法识别",
    UnlocatedReason.PLACE_WITHOUT_STREETS: "附近没有街道",
    UnlocatedReason.AREA_WITHOUT_STREETS: "区域内没有街道",
}
"""In Chinese; in English the meaning of each is shown."""
_REMARKS_ZH: dict[Remark, str] = {
    Remark.WORD_ABSENT: "少了“路”“街”等字，只有一条相符",
    Remark.BY_PINYIN: "只按读音找到",
    Remark.RIVAL_CLOSE: "另有一条几乎同样相符",
    Remark.HOMONYM_CHOSEN: "同名街道取了离网格最近的",
    Remark.IN_PIECES: "街道由不相连的几段组成",
    Remark.SPELLED_OTHERWISE: "地图上有几种写法，全部采用",
    Remark.PAIR_HALF: "地图上只有其中一条",
    Remark.BRANCHES_SHARED: "支路编号按顺序分配",
    Remark.NEAR_PLACE: "按离该处的远近选取",
    Remark.AREA_CLIPPED: "只取网格区域以内的部分",
    Remark.OUTSIDE_AREA: "在网格区域以外，整条采用",
    Remark.FAR_OFF: "离网格其他街道超过 20 公里",
}


def render_review(
    plan: Plan,
    features: Sequence[Feature],
    resolutions: Sequence[Resolution],
    *,
    source: str,
    language: Language,
) -> str:
    """Write the page: a map that can be moved, and each mention with what became of it.

    Parameters
    ----------
    plan
        Whose grids and operators are named.
    features
        Of streets.geojson, with all that was decided by hand.
    source
        Where the lines come from, shown on the page.
    """
    words = _WORDS[language]
    lines = [np.array(feature["geometry"]["coordinates"])[:, :2] for feature in features]
    collected = [number for number, each in enumerate(features) if each["properties"]["grids"]]
    parts = _parts_of_mentions([features[number]["properties"] for number in collected])
    by_grid: dict[str, list[dict[str, Any]]] = {grid.id: [] for grid in plan.grids}
    for found in resolutions:
        own = parts.get((found.grid_id, found.mention), [])
        by_grid[found.grid_id].append(_mention(found, own, language))
    origin = lines[0][0] if lines else np.zeros(2)
    mentions = [mention for of_grid in by_grid.values() for mention in of_grid]
    data = {
        "title": plain(plan.name),
        "language": language,
        "words": words,
        "source": plain(source),
        "summary": words["summary"].format(
            located=sum(not mention["open"] for mention in mentions),
            all=len(mentions),
            remarked=sum(bool(found.remarks) for found in resolutions if found.reason is None),
        ),
        "grids": [
            {
                "id": plain(grid.id),
                "operator": plain(plan.operator_by_id[grid.operator_id].name),
                "mentions": by_grid[grid.id],
            }
            for grid in plan.grids
        ],
        "parts": [_packed(lines[number], origin) for number in collected],
        "others": [
            _packed(lines[number], origin)
            for number in sorted(set(range(len(features))) - set(collected))
        ],
    }
    template = resources.files("geofence.survey").joinpath("review.html").read_text("utf-8")
    return template.replace("@DATA@", _harmless_json(data))


def _parts_of_mentions(
    sections: Sequence[Mapping[str, Any]],
) -> Mapping[tuple[str, str], list[int]]:
    """Give the sections of each grid and mention; all of a grid stand under no mention."""
    parts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, section in enumerate(sections):
        for grid_id in section["grids"]:
            for mention in ("", section["name"], *section.get("mentions", ())):
                parts[grid_id, mention].append(number)
    return parts


def _mention(found: Resolution, parts: Sequence[int], language: Language) -> dict[str, object]:
    words = _WORDS[language]
    told: list[str] = []
    if found.reason is not None and parts and found.mention:
        told.append(words["by_hand"])
    elif found.reason is not None:
        english = found.detail or REASON_MEANINGS[found.reason]
        told.append(_REASONS_ZH[found.reason] if language == "zh" else english)
        if found.suggestions:
            told.append(f"{words['may_be']}: {', '.join(found.suggestions)}")
    else:
        if found.names and found.names != (found.mention,):
            told.append(f"{words['found']}: {', '.join(found.names[:5])}")
        if language == "zh":
            told += [_REMARKS_ZH[each] for each in found.remarks]
        else:
            remarks = [REMARK_MEANINGS[each] for each in found.remarks]
            told += [found.detail] if found.detail else remarks
        if found.remarks and found.runner_up is not None:
            told.append(f"{found.score:.2f} / {found.runner_up:.2f}")
    return {
        "text": plain(found.mention) or words["area"],
        "told": plain(" · ".join(told)),
        "open": not parts,
        "look": found.reason is None and bool(found.remarks),
        "parts": list(parts),
    }


def _packed(line: Floats, origin: Floats) -> list[int]:
    """Give x and y of each vertex from the one before, the first from the origin."""
    places = np.round(metres_from(origin, line) * _UNITS_A_METRE).astype(np.int64)
    steps = np.diff(places, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    packed: list[int] = steps.ravel().tolist()
    return packed


def _harmless_json(data: object) -> str:
    """Write JSON that ends no script element, whatever names it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
