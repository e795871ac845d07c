import pytest
import typer
from typer.testing import CliRunner

from ingest.commands.console import (
    DatabaseOption,
    fail,
    progress_bar,
    settings_or_fail,
)
from pingcheng import app


def invoke(*arguments):
    app = typer.Typer()

    @app.command()
    def told(database: DatabaseOption = None) -> None:
        typer.echo(repr(database))

    return CliRunner().invoke(app, arguments)


def test_a_database_that_is_not_given_is_left_to_the_setting():
    assert invoke().stdout == "None\n"
    assert invoke("--database", "sqlite:///扫.db").stdout == "'sqlite:///扫.db'\n"


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_database_of_a_script_without_its_variable_is_wrong_use(empty):
    result = invoke("--database", empty)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--database" in result.stderr
    assert "leave it out for the setting" in result.stderr


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://me:geheim@h/n", "postgresql+psycopg://h/n?password=geheim"],
)
def test_a_password_on_the_command_line_is_warned_of_without_showing_it(url):
    result = invoke("--database", url)
    assert result.exit_code == 0
    assert "PINGCHENG_DATABASE" in result.stderr
    assert "geheim" not in result.stderr


def test_a_url_without_a_password_is_not_warned_of():
    assert invoke("--database", "postgresql+psycopg://me@h/n?sslmode=require").stderr == ""


def test_a_command_that_fails_says_why_in_one_line_on_stderr(capsys):
    with pytest.raises(typer.Exit) as end:
        fail("磁盘已满")
    told = capsys.readouterr()
    assert (end.value.exit_code, told.out, told.err) == (1, "", "error: 磁盘已满\n")


def test_a_setting_that_cannot_be_used_ends_the_command_and_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PINGCHENG_BROKER", "nonsense")
    with pytest.raises(typer.Exit) as end:
        settings_or_fail()
    assert end.value.exit_code == 1
    assert "broker = 'nonsense'" in capsys.readouterr().err


def test_where_nobody_looks_no_bar_is_drawn(capsys):
    with progress_bar("days", 2) as advance:
        advance(1)
        advance(1)
    told = capsys.readouterr()
    assert (told.out, told.err.strip()) == ("", "")


@pytest.mark.parametrize("command", [["counters", "--database"], ["evaluate"]])
def test_a_database_url_that_lacks_a_slash_is_refused_without_its_password(command, tmp_path):
    url = "postgresql+psycopg:/me:geheim@127.0.0.1/n"
    more = ["--plan", "plan.toml", "--out", str(tmp_path)] if command == ["evaluate"] else []
    result = CliRunner().invoke(app, [*command, url, *more])
    assert result.exit_code == 2
    told = " ".join(result.stderr.replace("│", " ").split())
    assert "is no database URL" in told
    assert "geheim" not in told


def test_evaluate_too_says_that_a_password_on_its_line_can_be_read(tmp_path):
    url = "postgresql+psycopg://me:geheim@127.0.0.1:1/n"
    result = CliRunner().invoke(app, ["evaluate", url, "--out", str(tmp_path)])
    assert "can be read by everybody on this machine" in result.stderr
    assert "geheim" not in result.stderr
