"""Events beside fixes in a vehicle's day, in a real browser."""

from playwright.sync_api import expect

from ingest.event import Event, EventKind
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from tests.fixtures.operations import TRUCK, at_ms, sample_plan

STARTS_AT = "09:20"
MARKUP = "<img src=x onerror=alert(1)>"


def test_the_events_of_a_vehicle_are_in_its_day_in_both_languages(page, running, shoot):
    told = [
        ("07:05", EventKind.BIN_LIFT, "桶-0017", 21.5),
        ("07:05", EventKind.BIN_LIFT, "桶-0017", 22.0),
        ("07:40", EventKind.PHOTO, MARKUP, None),
        ("08:10", EventKind.DRIVER_CARD, None, None),
        ("09:02", EventKind.WEIGHBRIDGE, "磅单 20220328-4", 5230.0),
    ]
    events = [
        Event(TRUCK, at_ms(clock), kind, reference=reference, weight_kg=weight_kg)
        for clock, kind, reference, weight_kg in told
    ]
    with open_log(running.database) as log:
        log.write(Batch((), (), [(each, at_ms("09:10")) for each in events]))
    page.goto(f"{running.url}/#/vehicle/{TRUCK}")
    room = page.locator(".room-vehicle")
    room.locator("h3", has_text="定位之外的事件").wait_for()
    lines = room.locator("ul").last.locator("li")
    expect(lines).to_have_text(
        [
            "07:05 · 吊桶 · 桶-0017 · 21.5 kg",
            "07:05 · 吊桶 · 桶-0017 · 22 kg",
            f"07:40 · 照片 · {MARKUP}",
            "08:10 · 司机刷卡",
            "09:02 · 过磅 · 磅单 20220328-4 · 5230 kg",
        ]
    )
    assert room.locator("img").count() == 0
    lines.last.scroll_into_view_if_needed()
    shoot("vehicle-events")
    page.locator("#language").click()
    expect(lines.nth(3)).to_have_text("08:10 · driver's card read")


def test_a_vehicle_without_events_says_so(page, running):
    page.goto(f"{running.url}/#/vehicle/晋B21333")
    page.locator(".room-vehicle li", has_text="没有事件").wait_for()


def test_events_on_a_street_stand_below_its_evidence(page, running, shoot):
    street = next(each for each in sample_plan().sections if each.name == "长青街")
    longitude, latitude = map(float, street.coordinates[0])
    grid = next(each for each in sample_plan().grids if each.id in street.grids)
    event = Event(grid.vehicles[0], at_ms("07:30"), EventKind.BIN_LIFT, longitude, latitude, "桶-9")
    with open_log(running.database) as log:
        log.write(Batch((), (), [(event, at_ms("09:10"))]))
    page.goto(f"{running.url}/#/grid/{grid.id}/07:00-10:00/长青街")
    card = page.locator("section.card", has_text="证据")
    card.locator("h4", has_text="街道上的事件（不属于证明）").wait_for()
    expect(card.locator("li", has_text="桶-9")).to_have_text(
        f"07:30 · 吊桶 · 桶-9 · {grid.vehicles[0]} · 距街道 0 米"
    )
    card.locator("li", has_text="桶-9").scroll_into_view_if_needed()
    shoot("street-events")
