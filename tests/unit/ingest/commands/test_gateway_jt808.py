import pytest
from typer.testing import CliRunner

from pingcheng import app

CODE = "5f1c2d3e4a5b6c7d"


def run(*options):
    return CliRunner().invoke(app, ["gateway", "jt808", *map(str, options)])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--open", "--terminals", "terminals.csv"], "it lets everybody in, listed or not"),
        (["--open", "--add-terminal", "1"], "it lets everybody in, listed or not"),
        (["--open", "--broker", "http://there"], "http://there"),
        (["--open", "--topic", "gateway/#"], "is a pattern of topics"),
        (["--open", "--topic", ""], "is no topic; write one"),
    ],
)
def test_wrong_use(options, told):
    result = run(*options)
    assert result.exit_code == 2
    assert told in result.output


def test_a_terminal_is_added_to_a_file_that_need_not_be_there_and_its_code_is_not_printed(tmp_path):
    path = tmp_path / "terminals.csv"
    for number in ("010000000001", "2"):
        result = run("--terminals", path, "--add-terminal", number)
        assert result.exit_code == 0
        assert f"{number} added" in result.output
    lines = path.read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["terminal", "10000000001", "2"]
    assert not any(line.split(",")[1] in result.output for line in lines[1:])
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "number", "told"),
    [
        (f"terminal,code\n1,{CODE}\n", "001", "lists 001 already"),
        (f"terminal,code\n1,{CODE}\n", "晋B", "write up to 20 digits"),
        ("nonsense", "1", "its columns are nonsense"),
    ],
)
def test_what_cannot_be_added_leaves_the_file_as_it_is(tmp_path, content, number, told):
    path = tmp_path / "terminals.csv"
    path.write_text(content)
    result = run("--terminals", path, "--add-terminal", number)
    assert result.exit_code == 1
    assert told in result.output
    assert path.read_text() == content


def test_the_file_is_that_of_the_settings_unless_another_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("--add-terminal", "1").exit_code == 0
    assert (tmp_path / "gateway-terminals.csv").exists()
    monkeypatch.setenv("PINGCHENG_GATEWAY", '{"terminals": "others.csv"}')
    result = run()
    assert result.exit_code == 1
    assert "others.csv: it cannot be read" in result.output


def test_a_file_of_terminals_with_a_fault_stops_the_start(tmp_path):
    path = tmp_path / "terminals.csv"
    path.write_text(f"terminal,code\n1,{CODE}\n1,{CODE}\n")
    result = run("--terminals", path)
    assert result.exit_code == 1
    assert "terminals.csv:3: terminal = '1': it is listed twice" in result.output


def test_more_connections_than_the_system_allows_stop_the_start(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (64, 1024))
    result = run("--open", "--connections", "1000")
    assert result.exit_code == 1
    assert "the system allows 1024 open files; write at most 924" in result.output
