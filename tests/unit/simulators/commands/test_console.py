def test_a_broken_plan_is_one_line_and_exit_code_1(run, tmp_path):
    result = run(
        "simulate", "--plan", tmp_path / "no.toml", "--date", "2022-04-01", "--out", "a.csv"
    )
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "no.toml" in result.stderr
