import pytest

from ingest.fault import SettingError
from ingest.settings.settings import read_settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text):
        (tmp_path / "pingcheng.toml").write_text(text, encoding="utf-8")
        return read_settings().device_types

    return read


def test_a_signal_is_a_name_a_table_or_a_list_of_both(settings):
    [told] = settings(
        "[device_types.sweeper]\n"
        'ignition = { signal = "status", bit = 0 }\n'
        "[device_types.sweeper.tasks]\n"
        'BRUSHING = "in1"\n'
        'SPRAYING = ["in2", { signal = "ain1", above = 4.5, invert = true }]\n'
    ).values()
    assert (told.ignition.signal, told.ignition.bit) == ("status", 0)
    assert [(one.signal, one.above, one.invert) for one in told.tasks["SPRAYING"]] == [
        ("in2", None, False), ("ain1", 4.5, True),
    ]  # fmt: skip
    assert [one.signal for one in told.tasks["BRUSHING"]] == ["in1"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('SWEEPING = "in1"', ["device_types.sweeper.tasks", "no task SWEEPING", "BRUSHING"]),
        ("BRUSHING = 7", ["device_types.sweeper.tasks.BRUSHING.0", "7", "write a table"]),
        ('BRUSHING = ""', ["device_types.sweeper.tasks.BRUSHING.0.signal", "empty"]),
        ('BRUSHING = { signal = "a", bit = -1 }', ["BRUSHING.0.bit = -1", "at least 0"]),
        ('BRUSHING = { signal = "a", bit = 1, above = 2 }', ["one of bit, above and below"]),
        ('BRUSHING = { signal = "a", above = 3, below = 2 }', ["above must be less than below"]),
        (
            'BRUSHING = { signal = "a", debounce = 3 }',
            ["BRUSHING.0.debounce", "signal, bit, above"],
        ),
    ],
)
def test_a_fault_names_key_value_and_what_mends_it(settings, line, told):
    with pytest.raises(SettingError) as caught:
        settings(f"[device_types.sweeper.tasks]\n{line}\n")
    assert all(word in str(caught.value) for word in [*told, "pingcheng.toml"]), caught.value


def test_a_type_without_tasks_is_a_fault(settings):
    with pytest.raises(SettingError, match=r"device_types\.sweeper\.tasks"):
        settings('[device_types.sweeper]\nignition = "x"\n')
