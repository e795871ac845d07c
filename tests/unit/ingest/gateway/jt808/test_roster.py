import pytest

from ingest.fault import SettingError
from ingest.gateway.jt808.admission import Registered
from ingest.gateway.jt808.roster import Roster, read_terminals, with_terminal

CODE = "5f1c2d3e4a5b6c7d"


def gate_of(tmp_path, text):
    path = tmp_path / "terminals.csv"
    path.write_text(text, encoding="utf-8")
    return read_terminals(path)


def test_a_listed_terminal_is_given_its_code_and_known_by_it(tmp_path):
    gate = gate_of(tmp_path, f"\ufeffterminal,code\n010000000001,{CODE}\n")
    assert gate.register("10000000001") == (Registered.DONE, CODE)
    assert gate.knows("10000000001", CODE)
    assert not gate.knows("10000000001", CODE + "0")
    assert not gate.knows("10000000002", CODE)
    assert not gate.knows("10000000002", "")
    assert gate.register("10000000002") == (Registered.UNKNOWN_TERMINAL, "")


def test_a_code_that_was_typed_in_is_handed_to_nobody(tmp_path):
    gate = gate_of(tmp_path, f"terminal,code,registers\n1,{CODE},no\n2,{CODE}2,yes\n3,{CODE}3,\n")
    assert gate.register("1") == (Registered.UNKNOWN_TERMINAL, "")
    assert gate.knows("1", CODE)
    assert [gate.register(each)[0] for each in "23"] == [Registered.DONE] * 2


def test_every_fault_of_the_file_is_told_with_its_line_and_no_code(tmp_path):
    text = f"terminal,code\n1,{CODE}\n01,{CODE}\nabc,{CODE}\n2,short\n3,{CODE} with blanks\n4\n\n"
    with pytest.raises(SettingError) as raised:
        gate_of(tmp_path, text)
    told = str(raised.value).splitlines()
    assert [line.partition("terminals.csv:")[2] for line in told] == [
        "3: terminal = '01': it is listed twice; delete one",
        "4: terminal = 'abc': write up to 20 digits",
        "5: code: write 8 to 128 ASCII characters without blanks",
        "6: code: write 8 to 128 ASCII characters without blanks",
        "7: it has 1 fields; write 2",
    ]
    assert CODE not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "its columns are none; write terminal,code or terminal,code,registers"),
        ("number,code\n", "its columns are number,code; write"),
        ("terminal,code\n", "it lists no terminal; add one with --add-terminal"),
        ("terminal,code,registers\n1,12345678,maybe\n", "registers = 'maybe': write yes or no"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, told):
    with pytest.raises(SettingError, match=told):
        gate_of(tmp_path, text)


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(SettingError, match="cannot be read"):
        read_terminals(tmp_path / "absent.csv")
    (tmp_path / "gbk.csv").write_bytes("终端".encode("gbk"))
    with pytest.raises(SettingError, match="not UTF-8"):
        read_terminals(tmp_path / "gbk.csv")


def test_a_terminal_is_added_with_a_code_of_its_own(tmp_path):
    text = with_terminal(with_terminal("", "010000000001"), "2")
    lines = text.splitlines()
    assert [line.split(",")[0] for line in lines] == ["terminal", "10000000001", "2"]
    codes = [line.split(",")[1] for line in lines[1:]]
    assert len({*codes}) == 2
    assert gate_of(tmp_path, text).knows("2", codes[1])
    short = with_terminal("terminal,code\n1,12345678", "2")
    assert gate_of(tmp_path, short).register("2")[0] is Registered.DONE
    with pytest.raises(SettingError, match="write up to 20 digits"):
        with_terminal("", "晋BQ0384")


def test_a_file_that_changes_counts_from_the_next_look_on_and_one_with_a_fault_does_not(tmp_path):
    path = tmp_path / "terminals.csv"
    path.write_text(f"terminal,code\n1,{CODE}\n")
    roster = Roster(path)
    assert roster.gate() is roster.gate()
    for content in (f"terminal,code\n22,{CODE}\n", "broken"):
        path.write_text(content)
        assert roster.gate().knows("22", CODE)
    path.unlink()
    assert roster.gate().knows("22", CODE)
