"""Changes of a plan as sentences that a manager reads: a headline, then grid by grid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analytics.plan_changes import phrases
from analytics.wording.words import Language, Words
from geofence.difference.change import Change, ChangeKind
from geofence.difference.comparison import Comparison
from geofence.plan.plan import Plan
from ingest.plain_text import plain

MOST_NAMES = 6
"""So many streets are named in a sentence; the others are counted, and all are on the map."""
_TOGETHER = frozenset({ChangeKind.STREET_NEW, ChangeKind.STREET_GONE, ChangeKind.STREET_SECTIONS})


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What is said of one grid, or of the plan as a whole."""

    grid_id: str
    """Empty for the plan."""
    heading: str
    sentences: tuple[str, ...]


def headline(comparison: Comparison, language: Language) -> str:
    """Say in one line what changes."""
    if not comparison.changes:
        return phrases.SAME[language]
    grids = {each.grid_id for each in comparison.changes if each.grid_id}
    count = str(len(grids))
    if language is Language.EN:
        count = "1 grid changes" if len(grids) == 1 else f"{len(grids)} grids change"
    parts = list(_figures(comparison, language))
    if not comparison.is_judged:
        parts.append(phrases.UNJUDGED[language])
    between = phrases.CLAUSE[language]
    said = phrases.GRIDS_CHANGE[language].format(grids=count)
    return phrases.COLON[language].join([said, between.join(parts)] if parts else [said])


def paragraphs(comparison: Comparison, language: Language) -> tuple[Paragraph, ...]:
    """Say all that changes: of the plan first, then of each grid."""
    say = _Sayer(comparison, language)
    by_grid = dict(comparison.by_grid())
    found = []
    if of_plan := by_grid.pop("", []):
        found.append(Paragraph("", phrases.WHOLE[language], tuple(say.sentences(of_plan))))
    for grid_id, changes in by_grid.items():
        heading = _heading(comparison, grid_id, language)
        found.append(Paragraph(grid_id, heading, tuple(say.sentences(changes))))
    return tuple(found)


def lines(comparison: Comparison, language: Language) -> tuple[str, ...]:
    """Write it for a terminal: the headline, then a line a grid."""
    between, colon = phrases.BETWEEN[language], phrases.COLON[language]
    return (
        headline(comparison, language),
        *(
            f"{each.heading}{colon}{between.join(each.sentences)}"
            for each in paragraphs(comparison, language)
        ),
    )


def metres(length_m: float) -> str:
    """Write a length as people say it."""
    return f"{length_m / 1000:.1f} km" if round(length_m) >= 1000 else f"{length_m:.0f} m"


def _heading(comparison: Comparison, grid_id: str, language: Language) -> str:
    plans = (comparison.new, comparison.old)
    grid = next(plan.grid_by_id[grid_id] for plan in plans if grid_id in plan.grid_by_id)
    operator = _operator_name(plans, grid.operator_id)
    return phrases.GRID[language].format(grid=plain(grid_id), operator=plain(operator))


def _figures(comparison: Comparison, language: Language) -> Iterable[str]:
    """Count what weighs most."""
    is_zh = language is Language.ZH
    if comparison.gained_m >= 1 or comparison.lost_m >= 1:
        gained, lost = metres(comparison.gained_m), metres(comparison.lost_m)
        yield f"作业里程 +{gained} −{lost}" if is_zh else f"+{gained} −{lost} of streets"
    counted = (
        (ChangeKind.WINDOWS, "时段变化 {n} 个网格", "windows of {n}"),
        (ChangeKind.GRID_OPERATOR, "更换单位 {n} 个网格", "operator of {n}"),
        (ChangeKind.GRID_NEW, "新网格 {n} 个", "{n} new"),
        (ChangeKind.GRID_GONE, "撤销网格 {n} 个", "{n} gone"),
        (ChangeKind.STREET_MOVED, "重绘街道 {n} 条", "{n} streets drawn anew"),
    )
    for kind, chinese, english in counted:
        number = sum(change.kind is kind for change in comparison.changes)
        if number:
            yield (chinese if is_zh else english).format(n=number)
    new, gone = comparison.new.vehicles, comparison.old.vehicles
    if new != gone:
        moved = f"+{len(new - gone)} −{len(gone - new)}"
        yield f"车辆 {moved}" if is_zh else f"vehicles {moved}"
    before, after = comparison.old.effective_from, comparison.new.effective_from
    if before != after:
        yield f"{after.isoformat()} 起" if is_zh else f"from {after.isoformat()}"


class _Sayer:
    """Says changes in one language."""

    def __init__(self, comparison: Comparison, language: Language) -> None:
        self._language = language
        self._words = Words(language)
        self._plans = (comparison.new, comparison.old)

    def sentences(self, changes: Sequence[Change]) -> Iterable[str]:
        """Say changes of one grid; streets that became the same are one sentence."""
        told: set[ChangeKind] = set()
        for change in changes:
            if change.kind in told:
                continue
            if change.kind in _TOGETHER:
                told.add(change.kind)
                yield self._of_streets([each for each in changes if each.kind is change.kind])
            else:
                yield self._say(change)

    def _of_streets(self, changes: Sequence[Change]) -> str:
        kind = changes[0].kind
        gained_m = sum(each.gained_m for each in changes)
        lost_m = sum(each.lost_m for each in changes)
        is_long = kind is not ChangeKind.STREET_SECTIONS and len(changes) > 1
        by_length = sorted(changes, key=lambda each: -(each.gained_m + each.lost_m))
        names = [
            self._street(each.subject)
            + (f" ({metres(each.gained_m + each.lost_m)})" if is_long else "")
            for each in by_length
        ]
        return phrases.PHRASES[kind][self._language].format(
            gained=metres(gained_m), lost=metres(lost_m), named=self._some(names)
        )

    def _say(self, change: Change) -> str:
        names = change.after or change.before
        named = self._some([self._street(name) for name in names])
        phrase = phrases.PHRASES[change.kind]
        if change.kind is ChangeKind.STREET_HANDED_OVER and change.grid_id in change.before:
            phrase = phrases.GIVES
        return phrase[self._language].format(
            subject=plain(change.subject),
            street=self._street(change.subject),
            whose=self._operator(change.operator_id),
            before=self._values(change, change.before),
            after=self._values(change, change.after),
            moved=self._moved(change),
            change=self._windows(change),
            longer=self._longer(change),
            what=self._exempt(change),
            count=len(names),
            counted="1 street" if len(names) == 1 else f"{len(names)} streets",
            named=f"{phrases.COLON[self._language]}{named}" if named else "",
            gained=metres(change.gained_m),
            lost=metres(change.lost_m),
            moved_m=metres(change.moved_m),
        )

    def _values(self, change: Change, values: Sequence[str]) -> str:
        if change.kind is ChangeKind.GRID_OPERATOR:
            return self._join(map(self._operator, values))
        if change.kind is ChangeKind.GEOMETRY_SURVEYED:
            return phrases.SURVEY[values[0]][self._language]
        if change.kind is ChangeKind.DAYS:
            return self._days(values[0])
        if change.kind is ChangeKind.STREET_RENAMED:
            return self._street(values[0])
        return self._join(map(plain, values)) or phrases.NOTHING[self._language]

    def _moved(self, change: Change) -> str:
        if change.kind is ChangeKind.EXCEPTION:
            which = phrases.EXEMPTED if change.after else phrases.JUDGED_AGAIN
            return which[self._language]
        parts = []
        for template, values in ((phrases.ADDED, change.added), (phrases.REMOVED, change.removed)):
            if values:
                named = self._join(map(plain, values))
                parts.append(template[self._language].format(what=named))
        return phrases.CLAUSE[self._language].join(parts)

    def _windows(self, change: Change) -> str:
        """Say a window that was moved as one sentence, others as added and dropped."""
        if change.kind is not ChangeKind.WINDOWS:
            return ""
        added, removed = list(change.added), list(change.removed)
        if len(added) == len(removed):
            pairs = zip(removed, added, strict=True)
            return self._join(
                phrases.BECOMES[self._language].format(before=_dashed(was), after=_dashed(now))
                for was, now in pairs
            )
        parts = []
        for template, values in ((phrases.ADDED, added), (phrases.REMOVED, removed)):
            if values:
                named = self._join(map(_dashed, values))
                parts.append(template[self._language].format(what=named))
        return self._join(parts)

    def _longer(self, change: Change) -> str:
        gained, lost = metres(change.gained_m), metres(change.lost_m)
        if change.lost_m < 1:
            return phrases.LONGER[self._language].format(metres=gained)
        if change.gained_m < 1:
            return phrases.SHORTER[self._language].format(metres=lost)
        return phrases.BOTH[self._language].format(gained=gained, lost=lost)

    def _exempt(self, change: Change) -> str:
        if change.kind is not ChangeKind.EXCEPTION:
            return ""
        reason, dates, streets, windows, note = change.after or change.before
        whose = [] if change.grid_id else [phrases.EVERY_GRID[self._language]]
        parts = [*whose, dates, streets.replace("|", "、"), windows.replace("|", "、")]
        told = " ".join(plain(part) for part in parts if part)
        word = self._words.of("reason", reason)
        return f"{told} ({word}{': ' + plain(note) if note else ''})"

    def _some(self, names: Sequence[str]) -> str:
        shown = self._join(names[:MOST_NAMES])
        if len(names) <= MOST_NAMES:
            return shown
        is_zh = self._language is Language.ZH
        count = len(names) if is_zh else len(names) - MOST_NAMES
        return f"{shown}{'' if is_zh else ' '}{phrases.MORE[self._language].format(count=count)}"

    def _join(self, texts: Iterable[str]) -> str:
        return phrases.COMMA[self._language].join(texts)

    def _street(self, name: str) -> str:
        return plain(name) or phrases.UNNAMED[self._language]

    def _operator(self, operator_id: str) -> str:
        return plain(_operator_name(self._plans, operator_id))

    def _days(self, text: str) -> str:
        if self._language is Language.EN:
            return text
        if text == "mon-sun":
            return "每天"
        return "周" + "、".join(phrases.DAYS[day] for day in text.split(","))


def _operator_name(plans: Sequence[Plan], operator_id: str) -> str:
    for plan in plans:
        if operator_id in plan.operator_by_id:
            return plan.operator_by_id[operator_id].name
    return operator_id


def _dashed(window: str) -> str:
    return window.replace("-", "–")
