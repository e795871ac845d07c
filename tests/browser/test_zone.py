"""Local times on the page are the server's, whatever the browser knows of time zones."""

import json
import re
from datetime import date
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from analytics.coverage.windows import local_instant
from ingest.time_zones import utc_offsets

STARTS_AT = "09:20"
NEW_LAW_MS = 1_648_400_000_000
"""Before the day shown: 2022-03-27 in Shanghai."""


def test_an_hour_that_the_browser_has_not_heard_of_is_shown(page, running):
    """As if Shanghai had moved by an hour: the server knows that, no browser does."""

    def changed(route):
        answer = route.fetch()
        plan = {**answer.json(), "utc_offsets": [[0, 8 * 3600], [NEW_LAW_MS, 9 * 3600]]}
        route.fulfill(response=answer, body=json.dumps(plan))

    page.route("**/api/v1/plan*", changed)
    page.goto(running.url)
    expect(page.locator("#clock")).to_contain_text(re.compile(r"10:(19|20):"))


RECKONED = """
async ([offsets, local]) => {
  const zone = await import("/static/language/zone_time.js");
  zone.setOffsets(offsets);
  return local.map(([date, minutes]) => zone.instantOf(date, minutes));
}
"""


def test_local_times_become_instants_as_the_server_has_them_where_clocks_change(page, running):
    berlin = ZoneInfo("Europe/Berlin")
    local = [
        (day, minutes)
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25))
        for minutes in range(0, 24 * 60, 15)
    ]
    page.goto(running.url)
    asked = [(day.isoformat(), minutes) for day, minutes in local]
    found = page.evaluate(RECKONED, [utc_offsets("Europe/Berlin"), asked])
    assert found == [local_instant(day, minutes, berlin) for day, minutes in local]
