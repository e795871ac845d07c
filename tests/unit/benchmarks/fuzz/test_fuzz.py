"""Fuzzing: inputs come by seed and number, what fails is found again, and the laws have teeth."""

import random
import signal
from contextlib import closing

import pytest

from benchmarks.fuzz import __main__ as fuzz
from benchmarks.fuzz import running
from benchmarks.fuzz.laws import (
    check_chat,
    check_html,
    check_markdown,
    check_no_formula,
    check_row,
    check_seen,
    tags_of,
)
from benchmarks.fuzz.running import SUBJECTS, TooLongError, open_subject, split, throw
from benchmarks.fuzz.subject import (
    MOST_FAILURES,
    Counts,
    Failure,
    Subject,
    ThroughError,
    shorten,
)

QUICK = sorted(set(SUBJECTS) - {"http"})


class Numbers(Subject):
    """Refuses odd numbers, cannot stand 7 and lets 4 through."""

    name = "numbers"
    share = 1.0

    def make(self, chance):
        return chance.randrange(10)

    def throw(self, made):
        if made == 7:
            raise SystemExit("seven")
        if made == 4:
            raise ThroughError(f"four: {made} came through")
        return made % 2 == 1


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_same_seed_and_number_make_the_same_input_and_others_another(tmp_path, name):
    with closing(open_subject(name, tmp_path)) as subject:

        def inputs(seed):
            return [repr(subject.make(random.Random(f"{seed} {number}"))) for number in range(40)]

        assert inputs(1) == inputs(1)
        assert inputs(1) != inputs(2)
        assert len(set(inputs(1))) > 20


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_product_stands_some_inputs_of_each_subject(tmp_path, name):
    with closing(open_subject(name, tmp_path)) as subject:
        counts = throw(subject, 3, range(60))
    assert counts.failures == []
    assert (counts.inputs, counts.uncaught, counts.through) == (60, 0, 0)
    assert (counts.refused > 0) == (name != "texts")


def test_every_input_is_taken_refused_uncaught_or_through_and_counted_so(tmp_path):
    numbers = range(200)
    made = [random.Random(f"1 numbers {number}").randrange(10) for number in numbers]
    counts = throw(Numbers(tmp_path), 1, numbers)
    assert counts.inputs == 200
    assert counts.uncaught == made.count(7)
    assert counts.through == made.count(4)
    assert counts.refused == sum(number in {1, 3, 5, 9} for number in made)


def test_the_first_failure_of_each_kind_is_told_with_the_number_that_makes_it_again(tmp_path):
    made = [random.Random(f"1 numbers {number}").randrange(10) for number in range(200)]
    failures = throw(Numbers(tmp_path), 1, range(200)).failures
    assert {failure.shown: failure.number for failure in failures} == {
        "4": made.index(4),
        "7": made.index(7),
    }
    kinds = {failure.kind.rpartition(":")[0] or failure.kind for failure in failures}
    assert kinds == {"four", "SystemExit at tests/unit/benchmarks/fuzz/test_fuzz.py"}


def test_an_input_that_takes_too_long_is_a_failure(tmp_path, monkeypatch):
    class Endless(Numbers):
        def throw(self, _):
            try:
                while True:
                    pass
            except Exception:  # noqa: BLE001 - as parts of the product do that refuse whatever goes wrong
                return True

    before = signal.getsignal(signal.SIGALRM)
    monkeypatch.setattr(running, "LONGEST_S", 0.01)
    (failure,) = throw(Endless(tmp_path), 1, range(1)).failures
    assert failure.kind.startswith(TooLongError.__name__)
    assert signal.getsignal(signal.SIGALRM) == before


def test_counts_of_processes_are_added_and_keep_the_first_of_each_kind():
    def failure(number, kind):
        return Failure("a", number, kind, "", "")

    counts = Counts(3, 1, 1, 0, [failure(9, "x")])
    counts.add(Counts(4, 2, 2, 1, [failure(2, "x"), failure(3, "y")]))
    assert counts == Counts(7, 3, 3, 1, [failure(2, "x"), failure(3, "y")])
    counts.add(Counts(failures=[failure(20 + n, f"k{n}") for n in range(2 * MOST_FAILURES)]))
    assert len(counts.failures) == MOST_FAILURES


def test_inputs_are_shared_by_weight_and_none_is_left_over():
    shared = split(10_000_000, list(SUBJECTS))
    assert sum(shared.values()) == 10_000_000
    assert shared["decoders"] == pytest.approx(7_000_000, abs=10)
    assert shared["http"] == shared["plans"] == shared["notices"] == 50_000
    assert split(1000, ["plans", "http"]) == {"plans": 500, "http": 500}
    assert min(split(3, list(SUBJECTS)).values()) == 1


def test_a_run_prints_a_row_a_subject_and_ends_with_0(capsys):
    assert fuzz.main(["--count", "40", "--subjects", "plans,notices", "--workers", "1"]) == 0
    told = capsys.readouterr().out
    assert "40 inputs in" in told
    assert "0 failures" in told
    assert {"plans", "notices"} <= set(told.replace("│", " ").split())


def test_a_run_with_a_failure_tells_it_and_ends_with_1(monkeypatch, capsys):
    failed = Counts(5, 1, 1, 0, [Failure("plans", 3, "KeyError", "KeyError: x", "Files('a')")])
    monkeypatch.setattr(fuzz, "throw_all", lambda *_: {"plans": failed})
    assert fuzz.main(["--subjects", "plans"]) == 1
    assert "plans:3  KeyError: x\n  Files('a')" in capsys.readouterr().out


def test_one_input_is_thrown_again_by_its_number(capsys):
    assert fuzz.main(["--again", "texts:12"]) == 0
    assert capsys.readouterr().out.startswith("Shown(")


@pytest.mark.parametrize("wrong", [["--subjects", "x"], ["--count", "0"], ["--again", "plans:x"]])
def test_wrong_use_ends_with_2(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        fuzz.main(wrong)
    assert ended.value.code == 2
    assert "usage: python -m benchmarks.fuzz" in capsys.readouterr().err


def test_what_is_shown_of_an_input_is_ascii_on_one_line_and_short():
    text = shorten("云\n\x1b\u202e" * 1000)
    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 700


# The laws


@pytest.mark.parametrize("text", ["a\x1bb", "\u202e", "a\u2028b", "\ufeff", "\ud800", "a\nb", "\r"])
def test_a_control_a_mark_or_a_line_end_is_seen(text):
    with pytest.raises(ThroughError):
        check_seen(text, "a text")


@pytest.mark.parametrize("text", ["云中街", "a\u200db", "a b", "\\u202e"])
def test_a_sound_text_passes(text):
    check_seen(text, "a text")


@pytest.mark.parametrize("content", ["=1", 'a,"=1"', "a;+x", "a\t@x", "＝1", "a\n -x", '" =1"'])
def test_a_formula_in_any_cell_by_any_separator_is_found(content):
    with pytest.raises(ThroughError):
        check_no_formula(content, "CSV")


def test_numbers_and_texts_are_no_formulas():
    check_no_formula("'=1,-1.5,a=b\n云中街;+3\n", "CSV")


@pytest.mark.parametrize("text", ["*a*", "\\\\*a", "<b>", "a|b", "[a"])
def test_markup_without_a_backslash_is_found_in_markdown(text):
    with pytest.raises(ThroughError):
        check_markdown(text, "a report")


def test_escaped_markup_is_none_and_a_row_has_four_cells():
    check_markdown("\\*a\\* \\\\\\[", "a report")
    check_row("| 2 |  | \\|a | b |")
    with pytest.raises(ThroughError):
        check_row("| 2 | | a|b | c |")


@pytest.mark.parametrize("text", ["@all", "*a*", "http://a.b", "<a>", "#1"])
def test_mentions_markup_and_links_are_found_in_chats(text):
    with pytest.raises(ThroughError):
        check_chat(text, "a chat")


@pytest.mark.parametrize("name", ["<b>", "<!-- x -->", '" onload="', "\u202e", "<td>"])
def test_a_tag_an_attribute_or_a_mark_of_a_name_is_found_in_html(name):
    page = '<p title="{0}">{0}</p>'
    with pytest.raises(ThroughError):
        check_html(page.format(name), tags_of(page.format("a")), "a page")
