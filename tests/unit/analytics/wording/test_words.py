import pytest

from analytics.wording.words import Language, Words, language_of


def test_several_flags_are_joined_and_an_unknown_code_stays():
    assert Words(Language.ZH).of("flag", "late_start|off_plan") == "开工迟、作业越界"
    assert Words(Language.EN).of("cause", "solar storm") == "solar storm"


@pytest.mark.parametrize(
    ("timezone", "language"), [("Asia/Shanghai", "zh"), ("Asia/Macau", "zh"), ("Europe/Rome", "en")]
)
def test_the_language_follows_the_time_zone_of_the_plan(timezone, language):
    assert language_of(timezone) == language
