"""Time is injected: only the edges may ask what time it is."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EDGES = {
    "analytics/commands/alerts_run.py",
    "analytics/commands/nightly.py",
    "analytics/commands/plans/plan_apply.py",
    "analytics/commands/plans/plan_diff.py",
    "analytics/commands/plans/plan_fit.py",
    "analytics/commands/plans/plan_store.py",
    "analytics/commands/plans/plan_trackers.py",
    "analytics/commands/report.py",
    "analytics/commands/serve.py",
    "analytics/commands/worklist.py",
    "analytics/dashboard/access/access.py",
    "analytics/dashboard/routes/board_routes.py",
    "analytics/dashboard/serving/serving.py",
    "analytics/dashboard/state/feed.py",
    "analytics/dashboard/state/stored_days.py",
    "analytics/engine/clusters.py",
    "analytics/live/demo.py",
    "geofence/commands/fleet.py",
    "geofence/commands/terms.py",
    "ingest/broker/broker.py",
    "ingest/broker/store_lock.py",
    "ingest/commands/broker.py",
    "ingest/commands/database.py",
    "ingest/commands/device.py",
    "ingest/commands/devices_file.py",
    "ingest/commands/fleet.py",
    "ingest/commands/gateway.py",
    "ingest/commands/ingest.py",
    "ingest/commands/quarantine.py",
    "ingest/commands/quarantine_room.py",
    "ingest/deadlines.py",
    "ingest/gateway/jt808/server.py",
    "ingest/gateway/moving.py",
    "ingest/gateway/publisher.py",
    "ingest/health/pages.py",
    "ingest/mqtt/commit.py",
    "ingest/mqtt/connection.py",
    "ingest/mqtt/intake.py",
    "ingest/mqtt/network_thread.py",
    "ingest/mqtt/networks.py",
    "ingest/mqtt/session.py",
    "ingest/mqtt/subscriber.py",
    "ingest/sealer/sealer.py",
    "simulators/replay/replay.py",
}
CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "time.monotonic", "time.sleep", "Timestamp.now", "pd.Timestamp.now",
}  # fmt: skip


def clocks_in(path: Path) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return {ast.unparse(node.func) for node in calls if isinstance(node, ast.Call)} & CLOCKS


def test_only_the_edges_ask_what_time_it_is():
    asking = {
        str(path.relative_to(ROOT))
        for room in ("ingest", "geofence", "analytics", "simulators")
        for path in (ROOT / room).rglob("*.py")
        if clocks_in(path)
    }
    assert asking == EDGES
