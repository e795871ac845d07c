"""Clocks of trackers that are wrong: what the lags between event and reception give away.

A *lag* is the time of reception minus the event time that the device claims. A sound clock never
has a lag below zero, a store-and-forward burst only ever has longer ones, and each burst ends with
a fix that is nearly new. So what counts is the *floor* of the lags, taken over blocks of time and
over messages (seconds of reception) instead of fixes: however long a backlog is, it comes in few
seconds. A floor below zero is proof. A high floor is none by itself, as a slow network looks the
same: it counts only if the messages came live, for hours, while those of the fleet came at once.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.clock.reading import (
    ClockCode,
    ClockEpisode,
    ClockReading,
    ClockState,
    ClockThresholds,
)
from ingest.decoding.bounds import EARLIEST_EVENT_MS

REPORT_COLUMNS = ("vehicle_id", "event_ms", "received_ms")
"""Columns of a frame of reports, stored or refused; epoch milliseconds as ingest read them."""
WEEK_ROLLOVER_S = 1024 * 7 * 86_400.0
"""GPS counts weeks with ten bits; firmware that missed a rollover is this much behind."""
_MOST_ROLLOVERS = 3
LARGEST_EVENT_MS = 9 * 10**15
"""Larger claims are cut to this, so that a thousandfold still is a 64-bit integer."""


_KINDS = tuple(ClockCode)
_SOUND, _UNKNOWN = len(_KINDS), len(_KINDS) + 1
_UNDONE = {
    code: _KINDS.index(code)
    for code in (ClockCode.WEEK_ROLLOVER, ClockCode.SECONDS_AS_MILLISECONDS,
                 ClockCode.MILLISECONDS_AS_SECONDS, ClockCode.CLOCK_UNSET)
}  # fmt: skip
"""Kinds that a single report gives away."""


def read_clocks(
    reports: pd.DataFrame,
    zone_offsets_s: Sequence[float],
    thresholds: ClockThresholds | None = None,
) -> list[ClockReading]:
    """Judge the clock of each vehicle of a fleet, see `Clocks`."""
    clocks = Clocks(thresholds)
    clocks.add(reports)
    return clocks.readings(zone_offsets_s)


class Clocks:
    """The clocks of a fleet, whose reports are told of some vehicles at a time.

    Order and repetition of reports change nothing: of an event time the first reception counts.
    What is held of a sound clock is a row for each block of time.
    """

    def __init__(self, thresholds: ClockThresholds | None = None) -> None:
        self._limits = thresholds or ClockThresholds()
        self._blocks: list[pd.DataFrame] = []
        self._messages: list[pd.DataFrame] = []
        self._count = 0

    def add(self, reports: pd.DataFrame) -> None:
        """Take all reports of some vehicles that were not told of before.

        Parameters
        ----------
        reports
            Frame of `REPORT_COLUMNS`.
        """
        if reports.empty:
            return
        blocks, messages = _blocks(_messages(reports, self._limits), self._limits)
        doubted = messages["block"].isin(blocks["block"][~_is_sound(blocks, self._limits)])
        messages = messages.loc[doubted, ["block", "received_ms", "lag_s"]]
        self._blocks.append(
            blocks.assign(
                block=blocks["block"] + self._count, vehicle_id=blocks["vehicle_id"].astype("str")
            )
        )
        self._messages.append(messages.assign(block=messages["block"] + self._count))
        self._count += len(blocks)

    def readings(self, zone_offsets_s: Sequence[float]) -> list[ClockReading]:
        """Judge the clock of each vehicle, in order of vehicle id.

        Parameters
        ----------
        zone_offsets_s
            Offsets of the plan's time zone from UTC, winter and summer; east is positive.
        """
        if not self._blocks:
            return []
        limits = self._limits
        blocks = pd.concat(self._blocks, ignore_index=True)
        fleet_s, spread_s = _fleet_delay_s(blocks, limits)
        blocks["kind"] = _kinds(blocks, fleet_s, zone_offsets_s, limits)
        messages = pd.concat(self._messages, ignore_index=True)
        episodes = _episodes(blocks, messages, (fleet_s, spread_s), limits)
        states = blocks.groupby("vehicle_id", sort=True)
        return [
            _reading(str(vehicle), part, episodes.get(str(vehicle), ()), fleet_s, limits)
            for vehicle, part in states
        ]


def _is_sound(blocks: pd.DataFrame, limits: ClockThresholds) -> "pd.Series[bool]":
    """Tell which blocks show no fault, however fast the fleet is and whatever its time zone.

    The delay of a fleet is above ``-ahead_s``, and since 1970 no offset from UTC was of a few
    minutes only.
    """
    is_prompt = blocks["floor_s"].between(-limits.ahead_s, limits.behind_s - limits.ahead_s)
    return is_prompt & (blocks["shown"] == _SOUND)


def _messages(reports: pd.DataFrame, limits: ClockThresholds) -> pd.DataFrame:
    """Give the newest fix of each second of reception: vehicle_id, received_ms, shown, lag_s."""
    vehicle, names = pd.factorize(reports["vehicle_id"], sort=True)
    event, received = (reports[name].to_numpy(np.int64) for name in REPORT_COLUMNS[1:])
    order = np.lexsort((received, event, vehicle))
    vehicle, event, received = vehicle[order], event[order], received[order]
    first = _changes(vehicle, event)
    vehicle, event, received = vehicle[first], event[first], received[first]
    event = event.clip(-LARGEST_EVENT_MS, LARGEST_EVENT_MS)
    lag_s = (received - event) / 1000.0
    fits = {
        ClockCode.SECONDS_AS_MILLISECONDS: _is_near(received - event * 1000, limits),
        ClockCode.MILLISECONDS_AS_SECONDS: _is_near(received - event // 1000, limits),
    }
    weeks = np.clip(np.round(lag_s / WEEK_ROLLOVER_S), 1, _MOST_ROLLOVERS)
    fits[ClockCode.WEEK_ROLLOVER] = np.abs(lag_s - weeks * WEEK_ROLLOVER_S) <= limits.slack_s
    fits[ClockCode.CLOCK_UNSET] = event < EARLIEST_EVENT_MS
    shown = np.select(list(fits.values()), [_UNDONE[code] for code in fits], default=_SOUND).astype(
        np.int64
    )
    second = received // 1000
    # one number orders seconds and what is shown, to sort by two columns less
    order = np.lexsort((received, lag_s, (second * (_SOUND + 1)) + shown, vehicle))
    newest = order[_changes(vehicle[order], second[order], shown[order])]
    return pd.DataFrame(
        {
            "vehicle_id": pd.Categorical.from_codes(vehicle[newest], names),
            "second": second[newest],
            "received_ms": received[newest],
            "shown": shown[newest],
            "lag_s": lag_s[newest],
        }
    )


def _changes(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which rows differ from the one before in any column."""
    changed = np.ones(len(columns[0]), dtype=np.bool_)
    changed[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return changed


def _is_near(residual_ms: NDArray[np.int64], limits: ClockThresholds) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(residual_ms) <= limits.slack_s * 1000
    return near


def _blocks(messages: pd.DataFrame, limits: ClockThresholds) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum messages up by vehicle and block; give them back with the number of their block.

    Columns of a block: vehicle_id, count, shown (what most of its messages show), floor_s and
    is_live (of those messages).
    """
    messages = messages.assign(period=(messages["second"] // limits.block_s).astype("int64"))
    key = ["vehicle_id", "period"]
    tally = messages.groupby([*key, "shown"], sort=True).size().rename("count").reset_index()
    total = tally.groupby(key)["count"].transform("sum")
    tally["total"] = total
    # what most of the messages show; of two shown as often, the one with the smaller number
    tally = tally.sort_values([*key, "count", "shown"], ascending=[True, True, False, True])
    tally = tally.drop_duplicates(key).reset_index(drop=True)
    tally["block"] = np.arange(len(tally))
    chosen = messages.merge(tally[[*key, "shown", "block"]], on=[*key, "shown"])
    chosen = chosen.sort_values(["block", "lag_s", "received_ms"], ignore_index=True)
    first = np.searchsorted(chosen["block"].to_numpy(), np.arange(len(tally)))
    count = tally["count"].to_numpy()
    lag_s = chosen["lag_s"].to_numpy()
    floor_s = lag_s[first + (limits.floor_share * (count - 1)).astype(np.int64)]
    median_s = lag_s[first + (count - 1) // 2]
    tally["floor_s"] = floor_s
    tally["is_live"] = (median_s - floor_s <= limits.live_spread_s) & (
        count >= limits.least_block_messages
    )
    return tally, chosen


def _fleet_delay_s(blocks: pd.DataFrame, limits: ClockThresholds) -> tuple[float, float]:
    """Give the delay at which most vehicles report live, and its spread; NaN if too few do."""
    usual = blocks["is_live"] & (blocks["shown"] == _SOUND) & (blocks["floor_s"] > -limits.ahead_s)
    own = blocks[usual].groupby("vehicle_id")["floor_s"].median().to_numpy()
    if len(own) < limits.least_fleet:
        return float("nan"), limits.unknown_delay_s
    delay_s = float(np.median(own))
    return delay_s, float(np.median(np.abs(own - delay_s)))


def _kinds(
    blocks: pd.DataFrame, fleet_s: float, zone_offsets_s: Sequence[float], limits: ClockThresholds
) -> NDArray[np.int64]:
    """Say what each block shows."""
    floor_s = blocks["floor_s"].to_numpy()
    live = blocks["is_live"].to_numpy()
    kind = np.full(len(blocks), _UNKNOWN, dtype=np.int64)
    is_known_late = fleet_s <= limits.behind_s and floor_s > fleet_s + limits.behind_s
    kind[live & is_known_late] = _KINDS.index(ClockCode.CLOCK_BEHIND)
    kind[live & (floor_s <= limits.behind_s)] = _SOUND
    kind[floor_s < -limits.ahead_s] = _KINDS.index(ClockCode.CLOCK_AHEAD)
    possible = live | (floor_s < -limits.ahead_s)
    for offset_s in zone_offsets_s:
        for code, skew_s in (
            (ClockCode.LOCAL_AS_UTC, offset_s),
            (ClockCode.UTC_AS_LOCAL, -offset_s),
        ):
            is_zone = np.abs(floor_s + skew_s) <= limits.zone_tolerance_s
            kind[possible & is_zone & (offset_s != 0)] = _KINDS.index(code)
    shown = blocks["shown"].to_numpy()
    return np.where(shown == _SOUND, kind, shown)


def _episodes(
    blocks: pd.DataFrame,
    messages: pd.DataFrame,
    fleet: tuple[float, float],
    limits: ClockThresholds,
) -> dict[str, tuple[ClockEpisode, ...]]:
    """Join blocks in a row that show the same, and keep what is shown often enough."""
    known = blocks[blocks["kind"] != _UNKNOWN].sort_values(["vehicle_id", "period"])
    wrong = known["kind"].to_numpy() != _SOUND
    floor_s, kind = known["floor_s"].to_numpy(), known["kind"].to_numpy()
    begins = np.ones(len(known), dtype=np.bool_)
    begins[1:] = (
        (known["vehicle_id"].to_numpy()[1:] != known["vehicle_id"].to_numpy()[:-1])
        | (kind[1:] != kind[:-1])
        | ((np.abs(np.diff(floor_s)) > limits.step_s) & (known["shown"].to_numpy()[1:] == _SOUND))
    )
    known = known.assign(episode=np.cumsum(begins))[wrong]
    shown = messages.merge(known[["block", "episode"]], on="block")
    found: dict[str, list[ClockEpisode]] = {}
    seen_in = dict(iter(shown.groupby("episode")))
    for number, part in known.groupby("episode", sort=True):
        episode = _episode(part, seen_in[number], fleet, limits)
        if episode is not None:
            found.setdefault(str(part["vehicle_id"].iloc[0]), []).append(episode)
    return {vehicle: tuple(each) for vehicle, each in found.items()}


def _episode(
    part: pd.DataFrame,
    messages: pd.DataFrame,
    fleet: tuple[float, float],
    limits: ClockThresholds,
) -> ClockEpisode | None:
    code = _KINDS[int(part["kind"].iloc[0])]
    fleet_s, spread_s = fleet
    delay_s = fleet_s if fleet_s <= limits.behind_s else 0.0
    floors_s = part.loc[part["is_live"], "floor_s"] if part["is_live"].any() else part["floor_s"]
    floor_s = float(floors_s.median())
    low_s, high_s = floors_s.quantile([0.1, 0.9])
    fitting = messages
    if code not in _UNDONE:
        margin_s = limits.step_s + (high_s - low_s)
        fitting = messages[(messages["lag_s"] - floor_s).abs() <= margin_s]
    enough, blocks = limits.least_messages, 1
    if floor_s > 0 and code not in _UNDONE:
        enough, blocks = limits.least_late_messages, limits.least_late_blocks
    if len(fitting) < enough or len(part) < blocks:
        return None
    is_constant = code is ClockCode.WEEK_ROLLOVER or code not in _UNDONE
    return ClockEpisode(
        code=code,
        since_ms=int(fitting["received_ms"].min()),
        until_ms=int(fitting["received_ms"].max()),
        skew_s=round(delay_s - floor_s, 1) if is_constant else float("nan"),
        uncertainty_s=(
            round(1.0 + float(high_s - low_s) / 2 + spread_s, 1) if is_constant else float("nan")
        ),
        messages=len(fitting),
    )


def _reading(
    vehicle: str,
    blocks: pd.DataFrame,
    episodes: tuple[ClockEpisode, ...],
    fleet_s: float,
    limits: ClockThresholds,
) -> ClockReading:
    if episodes:
        return ClockReading(vehicle, ClockState.FAULTY, "", episodes)
    if (blocks["kind"] == _SOUND).any():
        return ClockReading(vehicle, ClockState.SOUND, "", ())
    if not (blocks["total"] >= limits.least_block_messages).any():
        reason = "too few messages"
    elif not blocks["is_live"].any():
        reason = "no message came live"
    elif fleet_s > limits.behind_s:
        reason = f"the whole fleet is heard {fleet_s:.0f} s late"
    elif np.isnan(fleet_s):
        reason = f"fewer than {limits.least_fleet} vehicles report live to compare with"
    else:
        reason = "late, but for too short a time to tell the clock from the network"
    return ClockReading(vehicle, ClockState.UNKNOWN, reason, ())
