def test_a_broker_that_is_not_there_is_one_line_and_exit_code_1(run, simulate, tmp_path):
    simulate("--out", tmp_path / "a.csv", "--grids", "JY01")
    result = run("replay", tmp_path / "a.csv", "--broker", "mqtt://127.0.0.1:1", "--speed", "max")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: no broker at mqtt://127.0.0.1:1: ")
    assert result.stderr.count("\n") == 1
