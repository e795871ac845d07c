import structlog

import pingcheng


def test_what_any_part_logs_goes_to_stderr_and_not_among_what_a_command_prints(monkeypatch, capsys):
    monkeypatch.setattr(pingcheng, "app", lambda: structlog.get_logger().warning("a part says so"))
    try:
        pingcheng.main()
    finally:
        structlog.reset_defaults()
    told = capsys.readouterr()
    assert (told.out, "a part says so" in told.err) == ("", True)
