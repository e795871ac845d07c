import pandas as pd
import pytest

from ingest.files.ping_file import read_ping_file


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson"])
def test_a_day_is_written_with_its_truth(simulate, tmp_path, suffix):
    out, truth = tmp_path / f"pings.{suffix}", tmp_path / "truth.csv"
    result = simulate("--scenario", "mixed", "--out", out, "--truth", truth)
    assert result.exit_code == 0, result.output
    recorded = read_ping_file(out)
    assert recorded.rejections == ()
    assert f"{len(recorded.pings)} pings" in result.output
    assert list(pd.read_csv(truth).columns)[-1] == "fault"


def test_the_same_seed_writes_the_same_bytes(simulate, tmp_path):
    for name in ("a", "b"):
        simulate("--seed", 4, "--out", tmp_path / f"{name}.csv", "--grids", "JY01,JY03")
    first = (tmp_path / "a.csv").read_bytes()
    assert first == (tmp_path / "b.csv").read_bytes()
    assert pd.read_csv(tmp_path / "a.csv")["vehicle_id"].nunique() == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "--out FILE or --broker URL"),
        (("--out", "a.csv", "--broker", "mqtt://127.0.0.1"), "--out FILE or --broker URL"),
        (("--out", "a.csv", "--burst", "3"), "needs --broker"),
        (("--out", "a.csv", "--speed", "fast"), "--speed takes max or a number above 0"),
        (("--broker", "http://127.0.0.1"), "mqtt://127.0.0.1:1883"),
        (("--out", "a.csv", "--interval", "0"), "interval_s must be above 0"),
        (("--out", "a.csv", "--grids", "JY99"), "no grid JY99"),
        (("--out", "a.csv", "--scenario", "rain"), "rain"),
    ],
)
def test_wrong_use_is_told_with_exit_code_2(simulate, words, complaint):
    result = simulate(*words)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.replace("│", " ").split())


def test_a_file_that_cannot_be_written_is_exit_code_1(simulate, tmp_path):
    for out in (tmp_path / "a.txt", tmp_path / "none" / "a.csv"):
        result = simulate("--out", out)
        assert result.exit_code == 1
        assert str(out) in result.stderr
