"""The interface against its own description: requests made up from it, sound and unsound.

    PINGCHENG_EXAMPLES=10000 .venv/bin/pytest tests/integration/test_dashboard_openapi.py

makes up so many in all; by default it is a few hundred.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from analytics.dashboard.routes.app import make_app
from analytics.dashboard.routes.basemap import Basemap
from ingest.log.pinglog import open_log
from tests.fixtures.dashboards import dashboard_on, write_town
from tests.fixtures.pmtiles_files import write_raster

EXAMPLES = int(os.environ.get("PINGCHENG_EXAMPLES", "300"))
SEED = int(os.environ.get("PINGCHENG_SEED", "0"))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip


class AtHome:
    """Asks as browsers of this machine do, with the CSRF token, each time another one."""

    def __init__(self, app, identify):
        self._app, self._identify, self.asked = app, identify, 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        host, rest = divmod(self.asked, 250)
        headers = [each for each in scope["headers"] if each[0] != b"host"]
        headers.append((b"host", b"127.0.0.1:8080"))
        if not any(name == b"x-csrf-token" for name, _ in headers):
            headers.append((b"x-csrf-token", self._identify(None).csrf.encode()))
        scope = {**scope, "headers": headers, "client": (f"127.0.{host % 250}.{rest + 1}", 1)}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def interface(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('town') / 'pings.db'}"
    with open_log(url) as log:
        write_town(log)
    with dashboard_on(url) as dashboard:
        ground = tmp_path_factory.mktemp("ground") / "ground.pmtiles"
        dashboard.basemap = Basemap(write_raster(ground))
        app = AtHome(make_app(dashboard), dashboard.access.identify)
        yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


def test_whatever_is_asked_the_answer_is_as_described_and_no_server_error(interface):
    # a stream of events has no end
    operations = [
        each.ok() for each in interface.exclude(path="/api/v1/events").get_all_operations()
    ]
    assert len(operations) > 15
    sweep = 0
    while interface.app.asked < EXAMPLES:  # some operations have little that can be asked
        for operation in operations:
            for mode in GenerationMode:
                sweep += 1
                ask_all(operation, mode, max(1, EXAMPLES // (2 * len(operations))), SEED + sweep)


def ask_all(operation, mode, count, number):
    """Make up so many cases of an operation and check the answers."""

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong where nothing is asked for
