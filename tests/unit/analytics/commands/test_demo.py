import pytest
from typer.testing import CliRunner

from analytics.live import demo
from ingest.fault import BrokerError
from pingcheng import app


@pytest.fixture
def run(monkeypatch):
    """Run the command while the demonstration itself does as told."""

    def invoke(does, *options):
        monkeypatch.setattr(demo, "run_demo", does)
        return CliRunner().invoke(app, ["demo", *options])

    return invoke


def raises(error):
    def does(*_, **__):
        raise error

    return does


@pytest.mark.parametrize(("agreed", "code"), [(True, 0), (False, 1)])
def test_verdicts_that_do_not_agree_with_the_truth_fail_the_command(run, agreed, code):
    assert run(lambda *_, **__: agreed, "--once").exit_code == code


@pytest.mark.parametrize("error", [demo.DemoError("ingest 没有启动"), BrokerError("port is taken")])
def test_a_part_that_failed_is_told_in_one_line(run, error):
    result = run(raises(error))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"demo: {error}\n"


def test_ctrl_c_is_how_it_ends_unless_a_report_was_wanted(run):
    assert run(raises(KeyboardInterrupt())).exit_code == 0
    early = run(raises(KeyboardInterrupt()), "--once")
    assert (early.exit_code, early.stderr) == (1, "demo: interrupted before the report\n")


def test_a_port_that_is_none_is_wrong_use(run):
    result = run(raises(AssertionError("it was started")), "--port", "70000")
    assert result.exit_code == 2
    assert "--port" in result.stderr
