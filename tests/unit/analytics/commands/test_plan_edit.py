import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from typer.testing import CliRunner

from pingcheng import app
from tests.fixtures.edited_plans import write_editable


@pytest.fixture
def plan(tmp_path):
    return write_editable(tmp_path / "plan")


def run(*arguments):
    return CliRunner().invoke(app, ["plan", "edit", *map(str, arguments)])


@pytest.fixture
def started():
    """Start editors as processes; what is left of them is ended."""
    processes = []

    def start(*arguments):
        command = [sys.executable, "-m", "pingcheng", "plan", "edit", *map(str, arguments)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        url = process.stdout.readline().strip()
        assert url, process.stderr.read()
        return process, url

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def post(url, path, **body):
    request = urllib.request.Request(
        f"{url}api/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def end(process):
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def test_a_plan_is_edited_and_saved_and_the_address_is_secret(plan, started):
    process, url = started(plan)
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(url.rsplit("/", 2)[0] + "/")
    post(url, "edit", kind="grid", revision=1, grid="JY01", days=[0])
    post(url, "save", revision=2)
    assert end(process) == (0, "")
    assert 'days = "mon"\n' in plan.read_text("utf-8")
    assert started(plan)[1].split("/")[3] != url.split("/")[3]


def test_ctrl_c_ends_it_only_once_it_has_said_that_something_is_not_saved(plan, started):
    process, url = started(plan)
    post(url, "edit", kind="grid", revision=1, grid="JY01", days=[0])
    process.send_signal(signal.SIGINT)
    assert "not all is saved" in process.stderr.readline()
    post(url, "edit", kind="grid", revision=2, grid="JY01", days=[1])  # it goes on
    assert end(process) == (0, "note: changes that were not saved are gone\n")


def test_who_stops_a_service_is_not_asked_again(plan, started):
    process, url = started(plan)
    post(url, "edit", kind="grid", revision=1, grid="JY01", days=[0])
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "note: changes that were not saved are gone\n")


def test_a_broken_plan_is_told_with_its_faults(plan):
    plan.write_text(plan.read_text("utf-8").replace("07:00-10:00", "7-10"), "utf-8")
    result = run(plan)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the plan has " in result.stderr
    assert '"7-10"' in result.stderr


def test_broken_decisions_and_a_basemap_that_is_none_are_told(plan, tmp_path):
    (tmp_path / "x.pmtiles").write_text("x")
    result = run(plan, "--basemap", tmp_path / "x.pmtiles")
    assert (result.exit_code, "it is no PMTiles file" in result.stderr) == (1, True)
    (plan.parent / "overrides.toml").write_text("[[cut]]\n")
    result = run(plan)
    assert result.exit_code == 1
    assert "overrides.toml: cut[0].section: add the key section" in result.stderr


def test_wrong_use_names_the_option(plan):
    result = run(plan, "--port", 70000)
    assert (result.exit_code, "--port" in result.stderr) == (2, True)
