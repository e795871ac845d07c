from analytics.engine.dates import judged_dates
from analytics.engine.local import LocalEngine
from analytics.verdicts.evaluation import HeldPings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, next_day


def test_dates_come_one_after_the_other_those_that_are_asked_for_or_touched():
    def dates(wanted):
        return [day for day, _ in judged_dates(HeldPings(PINGS), TOWN.plan, wanted, LocalEngine())]

    assert dates([MONDAY, next_day()]) == [MONDAY, next_day()]
    assert dates(None) == [MONDAY]
