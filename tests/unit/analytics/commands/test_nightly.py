from typer.testing import CliRunner

from pingcheng import app
from tests.fixtures.reported_town import morning, write


def nightly(url, out, *options):
    arguments = ["nightly", "--out", out, "--database", url, "--formats", "csv", *options]
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_night_that_is_not_over_is_wrong_use(plan, tmp_path):
    url, out = f"sqlite:///{tmp_path / 'pings.db'}", tmp_path / "reports"
    write(url, morning())
    for night in ("2099-01-01", "1999-12-31"):
        refused = nightly(url, out, "--plan", plan, "--date", night)
        assert (refused.exit_code, "is not over" in refused.output) == (2, True)
    assert not out.exists()


def test_without_a_plan_or_a_database_it_says_so_and_writes_nothing(tmp_path):
    out = tmp_path / "reports"
    absent = nightly(f"sqlite:///{tmp_path / 'absent.db'}", out)
    assert (absent.exit_code, "absent.db" in absent.stderr) == (1, True)
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, morning())
    unplanned = nightly(url, out)
    assert (unplanned.exit_code, "no plan is stored" in unplanned.stderr) == (1, True)
    assert not out.exists()


def test_a_night_that_no_plan_covers_is_named(plan, tmp_path):
    url, out = f"sqlite:///{tmp_path / 'pings.db'}", tmp_path / "reports"
    write(url, morning())
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("2022-03-25", "2022-03-29"), encoding="utf-8")
    early = nightly(url, out, "--plan", plan, "--date", "2022-03-28")
    assert early.exit_code == 1
    assert "2022-03-28" in early.stderr
    assert "2022-03-29" in early.stderr
