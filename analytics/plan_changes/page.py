"""The changes of a plan as one HTML file that needs nothing else: a map, sentences beside it."""

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from analytics.plan_changes import phrases
from analytics.plan_changes.change_map import draw_map, legend
from analytics.plan_changes.effect_lines import effect_lines
from analytics.plan_changes.effects import DayEffect
from analytics.plan_changes.sentences import headline, paragraphs
from analytics.wording.words import Language
from geofence.difference.comparison import Comparison
from geofence.difference.drawn_change import Role
from geofence.plan.plan import Plan
from ingest.plain_text import plain

_ZH, _EN = Language.ZH, Language.EN
_TITLE = {_ZH: "{name}：计划变化", _EN: "{name}: what changes"}
_WORDS = {
    _ZH: {
        "changes": "变化",
        "effects": "对判定的影响",
        "hint": "点击网格在图上查看；滚轮缩放，双击还原",
        "same": phrases.SAME[_ZH],
    },
    _EN: {
        "changes": "Changes",
        "effects": "What it would have changed",
        "hint": "Click a grid to see it on the map; wheel zooms, a double click shows all",
        "same": phrases.SAME[_EN],
    },
}


def write_page(comparison: Comparison, effects: Sequence[DayEffect], language: Language) -> bytes:
    """Write the page. Every text of data is escaped."""
    old, new, drawn = comparison.old, comparison.new, comparison.drawn
    text = _template().render(
        language="zh-CN" if language is _ZH else "en",
        title=_TITLE[language].format(name=plain(new.name)),
        lead=headline(comparison, language),
        versions=f"{_named(old)} → {_named(new)}",
        drawing=Markup(draw_map(drawn, language)),  # noqa: S704 - its texts are escaped there
        legend=legend(drawn, language),
        has_map=any(each.role is not Role.ROAD for each in drawn),
        paragraphs=paragraphs(comparison, language),
        effects=effect_lines(effects, language),
        words=_WORDS[language],
        plain=plain,
    )
    return text.encode()


def _named(plan: Plan) -> str:
    return f"{plain(plan.name)} {plan.effective_from.isoformat()} ({plan.version[:12]})"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("analytics.plan_changes", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("changes.html.j2")
