import pytest

from geofence.notice.headings import find_headings
from geofence.notice.table import Table

HEADING = "责任单位|网格编号|收集范围|收集司机姓名|收集车牌号|负责人及联系电话|收集时间"
NEEDED = "网格编号|收集范围|收集车牌号"


def table(*rows: str) -> Table:
    """A table of cells parted by bars."""
    return Table(tuple(tuple(row.split("|")) for row in rows))


def columns_of(*rows: str) -> dict[str, int]:
    return find_headings(table(*rows)).columns


def windows_of(*rows: str) -> list[tuple[int, int | None, str]]:
    """Column, column of the end, and half of the day, of each column of windows."""
    return [(each.at, each.end, each.word) for each in find_headings(table(*rows)).windows]


# Fields


def test_a_heading_is_known_by_its_words_in_whatever_order_columns_stand():
    assert columns_of("收集车牌号|收集时间|网格编号|收集范围|责任单位") == {
        "vehicles": 0, "windows": 1, "code": 2, "streets": 3, "operator": 4
    }  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Grid", "code"), ("ＧＲＩＤ", "code"), ("grid_code", "code"), ("網格編號", "code"),
        ("Sector", "code"), ("Código", "code"), ("CÓDIGO DA ZONA", "code"), ("Setor", "code"),
        ("路段", "streets"), ("街道名称", "streets"), ("收 集 范 围", "streets"),
        ("Roads", "streets"), ("Calles", "streets"), ("Logradouros", "streets"),
        ("车号", "vehicles"), ("Vehicle", "vehicles"), ("Placa del camión", "vehicles"),
        ("Matrícula", "vehicles"), ("Placa do veículo", "vehicles"),
        ("联系人", "contact"), ("负责人", "contact"), ("Teléfono", "contact"),
        ("Responsável", "contact"), ("Phone", "contact"),
        ("时段", "windows"), ("Horario", "windows"), ("Horário de coleta", "windows"),
        ("Collection hours", "windows"), ("起止时间", "windows"),
        ("公司", "operator"), ("Empresa", "operator"), ("Contractor", "operator"),
    ],
)  # fmt: skip
def test_a_column_may_be_called_by_several_words_in_four_languages(heading, field):
    words = {"code": "网格编号", "streets": "收集范围", "vehicles": "车牌"}
    others = [word for name, word in words.items() if name != field]
    assert columns_of("|".join([*others, heading]))[field] == len(others)


@pytest.mark.parametrize(
    "driver",
    ["收集司机姓名", "司机联系电话", "驾驶员车牌", "Driver", "序号", "Motorista", "Chofer y calle",
     "Condutor", "Teléfono del conductor"],
)  # fmt: skip
def test_a_column_of_drivers_or_numbers_is_not_read_whatever_else_its_heading_says(driver):
    assert columns_of(f"{NEEDED}|{driver}") == {"code": 0, "streets": 1, "vehicles": 2}


@pytest.mark.parametrize("heading", ["Frequency", "Viability", "Rutas2x", "Automóvil", "备注"])
def test_words_of_other_languages_stand_alone_so_that_none_is_found_within_another(heading):
    assert len(columns_of(f"{NEEDED}|{heading}")) == 3


def test_of_two_columns_with_one_meaning_the_first_is_read():
    assert columns_of("网格|街道|路段|车牌")["streets"] == 1


def test_a_word_that_is_said_of_much_names_the_codes_only_where_no_other_does():
    assert columns_of("Area|Grid|Streets|Plate")["code"] == 1
    assert columns_of("Area|Streets|Plate")["code"] == 0


# Where headings stand


@pytest.mark.parametrize("missing", ["网格编号", "收集范围", "收集车牌号"])
def test_a_row_that_lacks_code_streets_or_vehicles_is_no_heading(missing):
    assert find_headings(table(HEADING.replace(missing, "备注"))) is None


def test_the_heading_is_looked_for_in_the_first_twelve_rows():
    titles = ["说明"] * 11
    assert find_headings(table(*titles, HEADING)).first_row == 12
    assert find_headings(table(*titles, "说明", HEADING)) is None


@pytest.mark.parametrize(
    "second",
    [
        "||||开始|结束",
        "网格编号|收集范围|收集车牌号||开始时间|结束时间",
        "||||起|止",
        "||||Start|End",
    ],
)
def test_a_second_row_of_headings_says_which_column_has_starts_and_which_ends(second):
    first = "网格编号|收集范围|收集车牌号||收集时间|"
    found = find_headings(table("说明", first, second, "JY01|云中街|晋B1||7:00|10:00"))
    assert found.first_row == 3
    assert [(each.at, each.end) for each in found.windows] == [(4, 5)]


def test_a_second_row_of_headings_may_be_halves_of_the_day():
    rows = (f"{NEEDED}|收集时间||", "|||上午|下午|晚上", "JY01|云中街|晋B1|7:00-9:00|2:30-5:30|")
    assert windows_of(*rows) == [(3, None, "上午"), (4, None, "下午"), (5, None, "晚上")]


@pytest.mark.parametrize(
    "second", ["JY01|云中街|晋B1|开始|结束", "||备注|开始|结束", "|||7:00|", ""]
)
def test_a_row_with_anything_but_headings_of_times_is_a_row_of_the_table(second):
    assert find_headings(table(f"{NEEDED}|收集时间|", second)).first_row == 1


# Starts and ends


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("开始时间", "结束时间"), ("起始时间", "终止时间"), ("收集开始时间", "收集结束时间"),
        ("开始收集时间", "结束收集时间"), ("起时", "止时"), ("開始時間", "結束時間"),
        ("起始时刻", "截止时刻"), ("收集时间（起）", "收集时间（止）"), ("StartTime", "EndTime"),
        ("开始时间(24小时制)", "结束时间(24小时制)"), ("开始时间/Start time", "结束时间/End time"),
        ("Start time", "End time"), ("Time from", "Time to"),
        ("Hora inicio", "Hora fin"), ("Hora de inicio", "Hora final"), ("Hora desde", "Hora hasta"),
        ("Horário de início", "Horário de término"), ("Hora início", "Hora fim"),
    ],
)  # fmt: skip
def test_a_start_and_an_end_in_two_columns_are_one_window(start, end):
    assert windows_of(f"{NEEDED}|{start}|{end}") == [(3, 4, "")]


@pytest.mark.parametrize(
    ("start", "end"),
    [("开始", "结束"), ("起", "止"), ("From", "To"), ("Start", "End"), ("Inicio", "Fin"),
     ("Início", "Fim"), ("Desde", "Hasta"), ("De", "Até"), ("Das", "Às")],
)  # fmt: skip
def test_headings_that_do_not_speak_of_time_are_believed_if_times_stand_below(start, end):
    heading = f"{NEEDED}|{start}|{end}"
    assert windows_of(heading, "JY01|云中街|晋B1||", "JY02|滨河路|晋B2|7:00|10:00") == [(3, 4, "")]
    assert windows_of(heading, "JY01|云中街|晋B1|Calle 5|Calle 9") == []


@pytest.mark.parametrize(
    "heading", ["起点|终点", "开始日期|结束日期", "Start date|End date", "Street from|Street to",
                "From address|To address", "终端|Vendor"],
)  # fmt: skip
def test_places_dates_and_words_that_only_look_alike_are_no_times(heading):
    assert windows_of(f"{NEEDED}|{heading}", "JY01|云中街|晋B1|7:00|10:00") == []


def test_several_pairs_are_several_windows_and_the_heading_says_the_half_of_the_day():
    heading = f"{NEEDED}|上午开始|上午结束|下午开始|下午结束"
    rows = (heading, "JY01|云中街|晋B1|7:00|9:00|2:30|5:30")
    assert windows_of(*rows) == [(3, 4, "上午"), (5, 6, "下午")]
    heading = f"{NEEDED}|开始时间1|开始时间2|结束时间1|结束时间2"
    assert windows_of(heading) == [(3, 5, ""), (4, 6, "")]


def test_a_start_without_an_end_is_read_as_windows_if_it_speaks_of_time():
    assert windows_of(f"{NEEDED}|开始时间") == [(3, None, "")]
    assert windows_of(f"{NEEDED}|From", "JY01|云中街|晋B1|7:00-10:00") == []


# Several columns of windows


def test_columns_with_one_name_but_for_numbers_and_halves_of_the_day_are_read_together():
    assert windows_of(f"{NEEDED}|上午收集时间|下午收集时间") == [
        (3, None, "上午"),
        (4, None, "下午"),
    ]
    assert windows_of(f"{NEEDED}|收集时间1|收集时间(2)") == [(3, None, ""), (4, None, "")]


def test_of_columns_of_windows_with_several_names_the_first_is_read():
    assert windows_of(f"{NEEDED}|收集时间|更新时间") == [(3, None, "")]


@pytest.mark.parametrize("heading", ["早班时间", "夜岗收集时间"])
def test_the_name_of_a_shift_is_no_half_of_the_day(heading):
    assert windows_of(f"{NEEDED}|{heading}") == [(3, None, "")]
