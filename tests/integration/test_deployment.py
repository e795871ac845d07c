"""What docs/deployment.md installs: the wheel, the units, their users and the folder of the log."""

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "deploy" / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
PACKAGES = ("ingest", "geofence", "analytics", "simulators")
MOST_EXPOSED = 2.0
APART = {"pingcheng-broker", "pingcheng-gateway", "pingcheng-jt808"}
"""They have nothing to do with the log."""
every_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd: apt-get install systemd"
)


class _Unit(configparser.RawConfigParser):
    """A unit as its sections; of keys that may stand more than once the last."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def service_of(unit: Path) -> configparser.SectionProxy:
    found = _Unit(strict=False, delimiters="=", comment_prefixes="#")
    found.read_string(unit.read_text(encoding="utf-8"))
    return found["Service"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> set[str]:
    """The names of what a wheel holds that is built from a copy of this checkout."""
    copy, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("dist")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    for name in ("pyproject.toml", "pingcheng.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation",
         "--no-index", "--wheel-dir", out, copy],
        check=True,
    )  # fmt: skip
    (made,) = out.glob("*.whl")
    return set(zipfile.ZipFile(made).namelist())


def test_a_wheel_holds_the_page_and_its_map(wheel):
    page = ROOT / "analytics" / "dashboard" / "page"
    shown = {
        path.relative_to(ROOT).as_posix()
        for path in page.rglob("*")
        if path.suffix in {".html", ".js", ".css", ".svg", ".webmanifest"}
        and "node_modules" not in path.parts
    }
    assert len(shown) > 40
    assert shown <= wheel
    vendor = "analytics/dashboard/static/vendor"
    assert {f"{vendor}/{name}" for name in ("maplibre-gl.mjs", "maplibre-gl.css")} <= wheel


def test_a_wheel_holds_all_that_the_packages_hold(wheel):
    held = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and not {"__pycache__", "node_modules"} & set(path.parts)
        and path.name != ".copied"
    }
    assert held - wheel == set()


@needs_systemd
@every_unit
def test_a_unit_may_do_little_besides_its_work(unit):
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", told)
    assert exposure is not None, told
    assert float(exposure[1]) <= MOST_EXPOSED


@every_unit
def test_each_unit_has_a_user_of_its_own_and_a_limit_of_memory(unit):
    service = service_of(unit)
    assert service["User"] == unit.stem
    assert service["Group"] == (unit.stem if unit.stem in APART else "pingcheng")
    assert re.fullmatch(r"\d+G", service["MemoryMax"])
    assert "StateDirectory" not in service or service["StateDirectory"] == unit.stem


@every_unit
def test_no_unit_gets_the_secrets_of_another(unit):
    text = unit.read_text(encoding="utf-8")
    own = unit.stem.removeprefix("pingcheng-")
    others = {each.stem.removeprefix("pingcheng-") for each in UNITS} - {own}
    files = re.findall(r"^EnvironmentFile=-/etc/pingcheng/(.*)$", text, re.MULTILINE)
    assert files == ([] if own == "broker" else ["environment", f"{own}.environment"])
    assert not any(f"/pingcheng-{other}" in text for other in others)


def test_every_user_of_a_unit_is_made_and_all_but_broker_and_gateway_share_the_log():
    lines = (SYSTEMD / "pingcheng.sysusers").read_text(encoding="utf-8").splitlines()
    made = {line.split()[1] for line in lines if line.startswith("u ")}
    sharing = {line.split()[1] for line in lines if line.startswith("m ")}
    assert made == {unit.stem for unit in UNITS}
    assert sharing == made - APART


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="needs systemd")
def test_systemd_makes_the_users_and_the_folder_of_the_log(tmp_path):
    for kind, folder in (("sysusers", "sysusers.d"), ("tmpfiles", "tmpfiles.d")):
        (tmp_path / "usr/lib" / folder).mkdir(parents=True)
        shutil.copy(SYSTEMD / f"pingcheng.{kind}", tmp_path / "usr/lib" / folder / "pingcheng.conf")
    (tmp_path / "etc").mkdir()
    told = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    groups = (tmp_path / "etc/group").read_text(encoding="utf-8")
    assert re.search(r"^pingcheng:x:\d+:(pingcheng-\w+,){4}pingcheng-\w+$", groups, re.MULTILINE)
    passwd = (tmp_path / "etc/passwd").read_text(encoding="utf-8")
    assert all(f"\n{unit.stem}:" in f"\n{passwd}" for unit in UNITS)


def test_no_secret_stands_in_the_settings_that_every_service_reads():
    shipped = (ROOT / "deploy" / "pingcheng.toml").read_text(encoding="utf-8")
    keys = re.findall(r"^#? ?(\w+) = ", shipped, re.MULTILINE)
    assert "broker" in keys
    assert not {"client_id", "channels", "escalation"} & set(keys)
    assert "@" not in shipped.partition("://")[2].partition("\n")[0]
