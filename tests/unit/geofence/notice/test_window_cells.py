import string
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from geofence.notice.window_cells import read_windows
from geofence.plan.timetable import parse_window

ONES = "零一二三四五六七八九"


def texts(cell: str) -> list[str]:
    reading = read_windows(cell)
    assert not reading.unread
    return [window.text for window in reading.windows]


# Spellings of one time: what a person may write for an hour of 24 and a minute


def numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{ONES[tens]}十")
    return head + (ONES[ones] if ones or not tens else "")


def word(hour: int) -> str:
    for first, said in ((23, "深夜"), (18, "晚上"), (13, "下午"), (12, "中午"), (9, "上午"),
                        (5, "早"), (0, "凌晨")):  # fmt: skip
        if hour >= first:
            return said
    raise AssertionError


def face(hour: int) -> int:
    return (hour - 1) % 12 + 1


PLAIN = [
    lambda h, m: f"{h}:{m:02}",
    lambda h, m: f"{h:02}：{m:02}",
    lambda h, m: f"{h:02}:{m:02}:00",
    lambda h, m: f"{h:02}.{m:02}",
    lambda h, m: f"{h}点{m:02}分",
    lambda h, m: f"{h}时{m}分" if m else f"{h}时",
    lambda h, m: f"{h} h {m:02}",
    lambda h, m: f"{h}h{m:02}" if m else f"{h}h",
    lambda h, m: f"{h}:{m:02} hs",
    lambda h, m: f"{numeral(h)}点" + (f"{numeral(m)}分" if m else "整"),
    lambda h, m: "".join(chr(ord(c) + 0xFEE0) for c in f"{h}:{m:02}"),
    lambda h, m: f"{(60 * h + m) / 1440:.7f}",
]
WORDED = [
    lambda h, m: f"{word(h)}{face(h)}:{m:02}",
    lambda h, m: f"{word(h)} {face(h)}：{m:02}",
    lambda h, m: f"{word(h)}{face(h)}点" + ("半" if m == 30 else f"{m}分"),
    lambda h, m: f"{word(h)}{h}:{m:02}",
    lambda h, m: f"{'AM' if h < 12 else 'PM'} {face(h)}:{m:02}",
]
FOLLOWED = [
    lambda h, m: f"{face(h)}:{m:02} {'a.m.' if h < 12 else 'p.m.'}",
    lambda h, m: f"{face(h):02}:{m:02}:00{'AM' if h < 12 else 'PM'}",
    lambda h, m: f"{face(h)}:{m:02}{'am' if h < 12 else 'pm'}",
]
DASHES = ["-", "—", "–", "～", " 至 ", "到", "——", " to ", " a ", " às ", "－", "起至"]
MINUTES = st.integers(0, 1439)


def written(form, minutes: int) -> str:
    return form(minutes // 60, minutes % 60)


def plan_form(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


@given(
    MINUTES, MINUTES, st.sampled_from([PLAIN, WORDED, FOLLOWED]), st.sampled_from(DASHES), st.data()
)
def test_any_window_in_any_spelling_is_read_back_as_itself(start, end, forms, dash, data):
    assume(start != end)
    # words in a window of most of a day over midnight are taken for an error
    assume(forms is PLAIN or (end - start) % 1440 <= 960)
    first, last = data.draw(st.sampled_from(forms)), data.draw(st.sampled_from(forms))
    cell = written(first, start) + dash + written(last, end)
    reading = read_windows(cell)
    (window,) = reading.windows or (None,)
    assert window is not None, f"{cell!r}: {reading.unread!r} was not read"
    read = parse_window(plan_form(start, end))
    assert (window.start_min, window.end_min) == (read.start_min, read.end_min), cell
    assert reading.worded == (forms is not PLAIN)


@given(MINUTES, st.integers(1, 719), st.sampled_from(WORDED[:3]), st.sampled_from(DASHES))
def test_the_word_of_the_start_is_carried_to_any_end_within_twelve_hours(start, length, form, dash):
    end = (start + length) % 1440
    assume(end >= 60)  # 0:30 is said by no clock face without a word
    cell = f"{written(form, start)}{dash}{face(end // 60)}:{end % 60:02}"
    assert texts(cell) == [plan_form(start, end)]


@given(
    st.lists(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1]), max_size=4),
    st.sampled_from(
        ["、", "，", ";", "/", "\n", " ", "和", " 及 ", " y ", " e ", " and ", "\r\n\r\n"]
    ),
    st.sampled_from([PLAIN[0], PLAIN[3], PLAIN[5], WORDED[3]]),
)
def test_windows_stand_one_after_the_other_with_any_sign_between(pairs, between, form):
    assume(form is not WORDED[3] or all((end - start) % 1440 <= 960 for start, end in pairs))
    cell = between.join(f"{written(form, start)}-{written(form, end)}" for start, end in pairs)
    assert texts(cell) == [plan_form(*pair) for pair in pairs]


# What stands beside a window

HARMLESS = {*string.whitespace, *",;.、。/|·・•+&｡､･"}
WORDS = set("早晨晚夜起止从自由和及与hye")  # which say something beside a window
FOREIGN = st.characters(exclude_categories=["Z", "Cc", "Cs"]).filter(
    lambda sign: unicodedata.normalize("NFKC", sign).lower() not in HARMLESS | WORDS
)


@given(FOREIGN)
@example("约")
@example("①")
@example("一")
@example("-")
@example("\u200b")
@example("²")
def test_any_other_sign_beside_a_window_makes_it_uncertain(sign):
    for cell in (f"07:00-10:00{sign}", f"07:00-10:00 {sign}", f"{sign} 07:00-10:00",
                 f"07:00-10:00、{sign}、15:00-17:00", f"07:00{sign}-10:00{sign}"):  # fmt: skip
        reading = read_windows(cell)
        assert not reading.windows, cell
        assert reading.unread, cell


@given(st.integers(0, 9), st.sampled_from([*PLAIN[:7], *WORDED, *FOLLOWED]))
def test_a_digit_beside_a_window_makes_it_uncertain(digit, form):
    cell = f"{written(form, 435)}-{written(form, 615)}"
    for beside in (f"{cell}{digit}", f"{cell} {digit}", f"{digit} {cell}", f"{cell}、{digit}"):
        assert not read_windows(beside).windows, beside


PIECES = ["7:00", "10:00", "-", "至", " ", "、", "下午", "晚", "次日", "2", "30", "点", "半", "分",
          "am", "pm", "h", ":", ".", "(", ")", "一", "七", "和", "a", "de", "每天", "0.25", "起",
          "\n", "24:00"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_cell_is_read_whole_or_not_at_all_and_what_is_read_are_windows_of_a_plan(cell):
    reading = read_windows(cell)
    assert not (reading.unread and reading.windows)
    for window in reading.windows:
        assert parse_window(window.text) == window


@given(st.text())
def test_no_text_is_too_odd_to_be_read(cell):
    reading = read_windows(cell)
    assert not (reading.unread and reading.windows)


@pytest.mark.parametrize(
    "cell",
    ["约7:00-10:00", "7:00-10:00左右", "周一至周五7:00-10:00", "夏季7:00-10:00 冬季8:00-11:00",
     "早晚7:00-9:00", "7:00-10:00-12:00", "7:00-10:00和", "3月1日7:00-10:00", "7:00", "全天",
     "见附件", "(7:00-10:00", "7:00-10:00（雨天除外）", "①7:00-10:00②14:00-17:00", "1、7:00-10:00",
     "25:00-26:00", "7:60-8:00", "7-10", "2021-2025", "七点一十点", "7:00-9:00 PM 2:30-5:30",
     "2:00-4:00 pm 5:00-7:00", "上午7:00-9:00、2:30-5:30", "AM 7:00-9:00 PM", "7:00 and 10:00",
     "lun a vie 7 a 10 hs", "上午7:00-9:00 AM", "2:30-5:30(下午)(晚)", "7:00-1000"],
)  # fmt: skip
def test_what_may_change_a_window_keeps_the_whole_cell_from_being_used(cell):
    reading = read_windows(cell)
    assert not reading.windows
    assert reading.unread


# As they are written


@pytest.mark.parametrize(
    "cell",
    ["07:00—10:00 15:30—18:30", "07:00\uff0d10:00、15\uff1a30-18\uff1a30",
     "7:00\uff5e10:00\n15:30~18:30", "07:00一10:00,15:30一18:30", "07:00 至 10:00;15:30至18:30",
     "07:00——10:00 15:30——18:30", "上午7时—10时，下午3时30分—6时30分",
     "每天上午7:00-10:00和下午3:30-6:30。", "上午七点至十点，下午三点半至六点半",
     "早7:00-10:00，15:30-18:30", "上午（7:00-10:00）下午（3:30-6:30）",
     "7:00-10:00（上午）、3:30-6:30（下午）", "上午：7:00-10:00\n下午：3:30-6:30",
     "上午7:00-10:00\n下午\n3:30-6:30", "7:00-10:00下午3:30-6:30", "从7:00到10:00，从15:30到18:30",
     "7:00起至10:00止；15:30起至18:30止", "0700-1000 1530-1830", "7-10 am, 3:30-6:30 pm",
     "7:00 to 10:00 a.m. and 3:30 to 6:30 p.m.", "AM 7:00-10:00 PM 3:30-6:30",
     "from 7 to 10 am and from 3:30 to 6:30 pm", "Morning: 7-10; afternoon: 3:30-6:30",
     "de 7 a 10 y de 15:30 a 18:30 hs", "de 7 a 10 de la mañana y de 3:30 a 6:30 de la tarde",
     "das 7h às 10h e das 15h30 às 18h30", "manhã: 7h-10h; tarde: 15h30-18h30",
     "between 7:00 and 10:00, between 15:30 and 18:30",
     "entre las 7:00 y las 10:00; entre 15:30 y 18:30"],
)  # fmt: skip
def test_the_two_windows_of_one_round_in_the_words_of_many_notices(cell):
    assert texts(cell) == ["07:00-10:00", "15:30-18:30"]


@pytest.mark.parametrize(
    "cell",
    ["22:00-次日02:00", "22:00-2:00(次日)", "晚10:00-2:00", "晚上10点至次日凌晨2点",
     "夜间22:00-2:00", "当日22:00-次日2:00", "10 pm-2 am", "10:00-2:00 am",
     "22h às 2h do dia seguinte", "10 de la noche a 2 de la madrugada"],
)  # fmt: skip
def test_a_window_may_cross_midnight(cell):
    (window,) = read_windows(cell).windows
    assert (window.text, window.end_min) == ("22:00-02:00", 1560)


def test_what_is_not_understood_is_handed_back():
    reading = read_windows("上午 07:00-10:00 (雨天除外) 25:00-26:00")
    assert (reading.windows, reading.unread) == ((), "(雨天除外) 25:00-26:00")
    assert reading.worded


def test_a_blank_cell_has_no_window_and_nothing_unread():
    reading = read_windows(" \n、")
    assert (reading.windows, reading.unread) == ((), "")


@pytest.mark.parametrize(
    ("cell", "interpreted"),
    [("7:00—10:00", False), ("7时30分至10时", False), ("22:00-24:00", False),
     ("07:00:00-10:00:00", False), ("上午7:00-10:00", True), ("7-10点", True),
     ("0.2916667-0.4166667", True), ("0700-1000", True), ("7:00-23:59:59", False),
     ("24:00-2:00", True), ("从7点到10点", False)],
)  # fmt: skip
def test_it_is_told_if_a_time_is_other_than_its_digits(cell, interpreted):
    assert read_windows(cell).interpreted == interpreted


def test_a_window_at_night_without_a_word_is_marked():
    assert [window.text for window in read_windows("2:30-5:30、14:00-15:00").unstated] == [
        "02:30-05:30"
    ]
    assert read_windows("凌晨2:30-5:30").unstated == ()
    assert read_windows("0:00-24:00").unstated == ()


@pytest.mark.parametrize(
    ("cell", "doubtful", "why"),
    [
        ("10:00-07:00", "10:00-07:00", "lasts 21 hours"),
        ("19:00-08:00", "19:00-08:00", "lasts 13 hours"),
        ("下午5:30-2:30", "17:30-02:30", "begins in the afternoon"),
        ("2:30 p.m. - 1:30", "14:30-01:30", "begins in the afternoon"),
        ("下午2:00-4:00、4:30-2:30", "16:30-02:30", "begins in the afternoon"),
        ("24:00-02:00", "00:00-02:00", "begins at 00:00 of the service date"),
        ("晚12:00-2:00", "00:00-02:00", "begins at 00:00 of the service date"),
    ],
)
def test_a_window_that_is_probably_a_slip_is_kept_and_told(cell, doubtful, why):
    reading = read_windows(cell)
    assert doubtful in [window.text for window in reading.windows]
    ((window, reason),) = reading.doubts
    assert window.text == doubtful
    assert why in reason


@pytest.mark.parametrize(
    "cell",
    ["08:00-21:00", "22:00-06:00", "19:00-07:00", "0:00-24:00", "下午2:30-5:30", "10 pm - 2",
     "下午5:30-次日2:30", "晚10:00-2:00", "下午2点至午夜", "midnight - 2:00",
     "07:00-10:00 19:00-21:30"],
)  # fmt: skip
def test_a_day_a_night_and_what_says_the_next_day_are_no_slips(cell):
    reading = read_windows(cell)
    assert reading.windows
    assert reading.doubts == ()
