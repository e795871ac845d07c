"""Every word of a report in Chinese and English.

Keys are ``namespace.code``: ``verdict.served``, ``column.grid_id``, ``view.streets``. Text between
braces is filled in by the caller. Every language has every key.
"""

from dataclasses import dataclass
from enum import StrEnum

from analytics.wording.chinese import CHINESE
from analytics.wording.english import ENGLISH


class Language(StrEnum):
    """Languages a report can be written in."""

    ZH = "zh"
    EN = "en"


WORDS = {Language.ZH: CHINESE, Language.EN: ENGLISH}
CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Macau"})


def language_of(timezone: str) -> Language:
    """Give the language in which the people of a time zone are written to by default."""
    return Language.ZH if timezone in CHINESE_ZONES else Language.EN


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """Give the words of a key, with `values` filled in.

        Raises
        ------
        KeyError
            If there is no such key.
        """
        text = WORDS[self.language][key]
        return text.format(**values) if values else text

    def of(self, namespace: str, code: str) -> str:
        """Give the word for a code; several codes are joined by ``|``, and an unknown one stays."""
        if not code:
            return ""
        comma = "、" if self.language is Language.ZH else ", "
        keys = [(part, f"{namespace}.{part}") for part in code.split("|")]
        known = WORDS[self.language]
        return comma.join(known.get(key, part) for part, key in keys)
