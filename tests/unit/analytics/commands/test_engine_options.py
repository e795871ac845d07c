import pytest
import typer

from analytics.commands.engine_options import EngineName, end_well, engine_of
from analytics.engine.local import LocalEngine


def given(name=None, workers=1, scheduler=None, memory=None, *, kept=False):
    with engine_of(name, workers, scheduler, memory, kept=kept) as engine:
        return engine


@pytest.fixture(autouse=True)
def apart(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def test_without_a_word_this_process_does_it_and_keeps_what_it_saw(monkeypatch, tmp_path):
    monkeypatch.setenv("PINGCHENG_OBSERVATIONS_MIB", "64")
    monkeypatch.setenv("PINGCHENG_OBSERVATIONS", str(tmp_path / "kept"))
    engine = given(kept=True)
    assert isinstance(engine, LocalEngine)
    assert engine.store._folder == tmp_path / "kept"
    assert given(kept=False).store is None


def test_what_is_kept_lies_in_the_users_cache_and_not_at_all_if_it_may_take_no_room(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/li/.cache")
    monkeypatch.setenv("PINGCHENG_OBSERVATIONS_MIB", "64")
    assert str(given(kept=True).store._folder) == "/home/li/.cache/pingcheng/observations"
    monkeypatch.setenv("PINGCHENG_OBSERVATIONS_MIB", "0")
    assert given(kept=True).store is None


def test_no_number_of_workers_is_one_a_core(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert given(workers=0).workers == 7


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": EngineName.LOCAL, "scheduler": "tcp://a:1"}, "goes with --engine dask"),
        ({"memory": "2GiB"}, "goes with --engine dask"),
        ({"name": EngineName.DASK, "scheduler": "tcp://a:1", "memory": "2GiB"}, "without"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, told):
    with pytest.raises(typer.BadParameter, match=told):
        given(**options)


def test_a_cluster_that_cannot_be_started_ends_with_1_and_a_reason(capsys):
    with pytest.raises(typer.Exit) as ended:
        given(EngineName.DASK, memory="2 apples")
    assert ended.value.exit_code == 1
    assert "2 apples" in capsys.readouterr().err


def test_what_was_left_out_is_named_and_ends_with_1(capsys):
    class Lossy:
        left_out = ("vehicle 晋B1",)

    end_well(LocalEngine())
    with pytest.raises(SystemExit) as ended:
        end_well(Lossy())
    assert ended.value.code == 1
    assert "vehicle 晋B1" in capsys.readouterr().err
