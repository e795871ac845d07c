from dataclasses import fields

import pytest

from geofence.matching.settings import MatchSettings


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_setting_that_makes_no_sense_is_refused_by_name_and_value(value):
    for setting in fields(MatchSettings):
        with pytest.raises(ValueError, match=f"^{setting.name} must be above 0, not {value}$"):
            MatchSettings(**{setting.name: value})


def test_to_deny_a_street_takes_more_than_to_credit_one():
    settings = MatchSettings()
    assert settings.denial_margin > settings.credit_margin


def test_the_beam_keeps_all_that_the_margins_ask_about():
    settings = MatchSettings()
    assert settings.beam > settings.denial_margin
