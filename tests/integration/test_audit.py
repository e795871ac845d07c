"""Locks are audited by the real pip-audit and npm, asking a server that knows what we say."""

import pytest

from tests.fixtures.advisories import Advisories, advisories, npm_advisory, osv_advisory
from tests.house import audit, sbom
from tests.house.locks import PAGE, page_pins, pins_of
from tests.house.tree import ROOT

LOCKED = {pin for lock in ROOT.glob("requirements*.lock") for pin in pins_of(lock)}
JINJA2 = next(pin for pin in LOCKED if pin[0] == "jinja2")
OF_PYTHON, ALIAS, OF_PAGE = "GHSA-aaaa-bbbb-cccc", "CVE-2026-1", "GHSA-dddd-eeee-ffff"
ACCEPTANCES = "".join(
    f"""
[[accepted]]
id = "{name}"
package = "{package}"
reason = "nothing here gives it templates of strangers"
date = 2026-11-29
"""
    for name, package in ((ALIAS, "jinja2"), (OF_PAGE, "maplibre-gl"))
)


@pytest.fixture
def server():
    with advisories() as running:
        yield running


@pytest.fixture
def one_lock(tmp_path, monkeypatch):
    """A checkout whose locks hold one version of Python's and all of the page's."""
    folder = tmp_path / "checkout"
    (folder / PAGE.parent).mkdir(parents=True)
    (folder / PAGE).symlink_to(ROOT / PAGE)
    (folder / "requirements.lock").write_text("==".join(JINJA2), encoding="utf-8")
    monkeypatch.setattr(audit, "ROOT", folder)


def audited(server: Advisories) -> int:
    return audit.main(["--osv-url", f"{server.url}/v1/query", "--registry", server.url])


def with_holes(server: Advisories) -> Advisories:
    server.python[JINJA2] = [osv_advisory(JINJA2, OF_PYTHON, ALIAS, fixed="99.0")]
    server.page["maplibre-gl"] = [npm_advisory(OF_PAGE)]
    return server


def test_every_version_of_every_lock_is_asked_about(server, capsys):
    assert audited(server) == audit.CLEAN
    assert server.asked_python == LOCKED
    assert server.asked_page >= page_pins(ROOT / PAGE)
    assert capsys.readouterr().out.splitlines()[-1] == "no open hole"


@pytest.mark.usefixtures("one_lock")
def test_a_hole_is_named_with_its_version_and_what_mends_it(server, capsys):
    assert audited(with_holes(server)) == audit.OPEN
    said = capsys.readouterr().out
    assert f"open: jinja2 {JINJA2[1]}: {ALIAS}, {OF_PYTHON}: mended in 99.0" in said
    assert f"open: maplibre-gl <99.0.0: {OF_PAGE}: It lets strangers in (high)" in said


@pytest.mark.usefixtures("one_lock")
def test_an_accepted_hole_is_told_with_its_reason_and_fails_nothing(
    server, capsys, tmp_path, monkeypatch
):
    accepted = tmp_path / "accepted_holes.toml"
    accepted.write_text(ACCEPTANCES, encoding="utf-8")
    monkeypatch.setattr(audit, "ACCEPTED", accepted)
    assert audited(with_holes(server)) == audit.CLEAN
    said = capsys.readouterr().out
    assert said.count("accepted since 2026-11-29: ") == 2
    assert "(nothing here gives it templates of strangers)" in said


@pytest.mark.usefixtures("one_lock")
def test_an_acceptance_of_a_hole_that_is_gone_has_to_go(server, capsys, tmp_path, monkeypatch):
    accepted = tmp_path / "accepted_holes.toml"
    accepted.write_text(ACCEPTANCES, encoding="utf-8")
    monkeypatch.setattr(audit, "ACCEPTED", accepted)
    assert audited(server) == audit.OPEN
    assert f"gone: jinja2: {ALIAS}: take it out of accepted_holes.toml" in capsys.readouterr().out


@pytest.mark.usefixtures("one_lock")
def test_services_that_cannot_be_reached_are_no_all_clear(server, capsys):
    url = server.url
    server.server_close()
    assert audit.main(["--osv-url", f"{url}/v1/query", "--registry", url]) == audit.UNANSWERED
    said = capsys.readouterr().out
    assert "no answer: pip-audit: " in said
    assert "no answer: npm audit: " in said
    assert "no open hole" not in said


def test_the_bills_of_materials_hold_every_version_of_the_locks(tmp_path, capsys):
    assert sbom.main([str(tmp_path)]) == 0
    python, page = sorted(tmp_path.iterdir(), reverse=True)
    assert sbom.components(python) == set(pins_of(ROOT / "requirements.lock"))
    assert sbom.components(page) == page_pins(ROOT / PAGE)
    assert capsys.readouterr().out.count(" components") == 2
