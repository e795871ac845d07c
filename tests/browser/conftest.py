"""A browser, and the page in it as the tests look at it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.operations import Operations, operations

CHROMIUM = Path(os.environ.get("PINGCHENG_CHROMIUM", "/usr/bin/chromium"))
VENDOR = Path(__file__).parents[2] / "analytics" / "dashboard" / "static" / "vendor"
ARTEFACTS = Path(__file__).parent / "artefacts"
SECONDS = 1_000
PATIENCE_MS = 30 * SECONDS
"""Machines of CI draw maps without a graphics card."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser there is nothing to see here; where CI is set that is a failure."""
    missing = _missing()
    if missing is None:
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=missing))


def _missing() -> str | None:
    try:
        import playwright  # noqa: F401
        import pytest_playwright  # noqa: F401
    except ImportError as error:
        missing = str(error)
    else:
        if not CHROMIUM.exists():
            missing = f"no {CHROMIUM}: apt-get install chromium"
        elif not (VENDOR / ".copied").exists():
            missing = "the map's library is absent: make page"
        else:
            return None
    if os.environ.get("CI"):
        pytest.exit(missing, returncode=1)
    return missing


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """Wait for what is expected as long as a busy machine may need."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {
        "executable_path": str(CHROMIUM),
        "args": ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {
        "viewport": {"width": 1440, "height": 900},
        "locale": "zh-CN",
        "timezone_id": "America/New_York",  # times are the plan's, wherever the browser is
        "color_scheme": "dark",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operations]:
    """The server of a module, from the time of day that it names ``STARTS_AT``."""
    with operations(tmp_path_factory.mktemp("operations"), request.module.STARTS_AT) as started:
        yield started


@pytest.fixture
def page(page, running):  # noqa: ARG001 - the server is there before the page
    """A page that fails the test if a script fails or the policy is broken."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    page.set_default_timeout(PATIENCE_MS)
    yield page
    assert faults == []


def _is_fault(said) -> bool:
    is_lost = "net::ERR_" in said.text or "Failed to load resource" in said.text
    return said.type == "error" and not is_lost


@pytest.fixture
def shoot(page) -> Callable[[str], Path]:
    """Keep a picture of the page."""

    def keep(name: str) -> Path:
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return keep
