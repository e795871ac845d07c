import json

import pandas as pd


def test_a_score_fails_on_one_wrong_verdict_and_counts_as_json(run, simulate, tmp_path):
    simulate("--out", tmp_path / "a.csv", "--truth", tmp_path / "truth.csv")
    verdicts = pd.read_csv(tmp_path / "truth.csv").assign(verdict="served")
    verdicts.to_csv(tmp_path / "streets.csv", index=False)
    good = run("score", tmp_path, "--truth", tmp_path / "truth.csv", "--json")
    assert (good.exit_code, json.loads(good.stdout)["wrong"]) == (0, 0)
    verdicts.loc[0, "verdict"] = "skipped"
    verdicts.to_csv(tmp_path / "streets.csv", index=False)
    bad = run("score", tmp_path, "--truth", tmp_path / "truth.csv")
    assert bad.exit_code == 1
    assert "false_skip" in bad.stdout
    missing = run("score", tmp_path, "--truth", tmp_path / "none.csv")
    assert (missing.exit_code, "no such file" in missing.stderr) == (1, True)
