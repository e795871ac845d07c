from pathlib import Path

import pytest

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector.text_encoding import decoded

NAMES = ["魏都大道", "许继大道", "建安大道", "文峰路", "七一路"]


def read(tmp_path, raw, names=(b"name",), chosen=None, cpg=None, language=None):
    path = tmp_path / "a.shp"
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    if language is not None:
        path.with_suffix(".dbf").write_bytes(bytes(29) + bytes([language]) + bytes(2))
    texts = [text.decode("latin-1") for text in raw]
    found = decoded(path, Path("a.shp"), [name.decode("latin-1") for name in names], texts, chosen)
    return found, [found.decode(text) for text in texts]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
@pytest.mark.parametrize("language", [None, 0x00, 0x57, 0x4D])
def test_chinese_is_read_in_either_encoding_whatever_the_header_says(tmp_path, encoding, language):
    found, texts = read(tmp_path, [name.encode(encoding) for name in NAMES], language=language)
    assert texts == NAMES
    assert found.encoding == ("UTF-8" if encoding == "utf-8" else "GBK")
    assert found.unread == 0


@pytest.mark.parametrize("cpg", ["GBK", "936", "CP936", "UTF-8", "utf8", "nonsense", "", "GB\0K"])
def test_a_cpg_that_is_right_wrong_or_nonsense_leads_nowhere_else(tmp_path, cpg):
    assert read(tmp_path, [name.encode("gbk") for name in NAMES], cpg=cpg)[1] == NAMES
    assert read(tmp_path, [name.encode() for name in NAMES], cpg=cpg)[1] == NAMES


def test_what_is_declared_counts_where_it_makes_sense(tmp_path):
    words = ["Łódź", "Kraków"]
    found, texts = read(tmp_path, [word.encode("cp1250") for word in words], cpg="ANSI 1250")
    assert texts == words
    assert found.declared == "cp1250"


@pytest.mark.parametrize("text", ["Rua São João", "Calle Ñandú", "Avenida Júlio", "Praça da Sé"])
def test_letters_with_accents_are_no_chinese(tmp_path, text):
    assert read(tmp_path, [text.encode("cp1252")])[1] == [text]


def test_plain_texts_are_in_any_encoding(tmp_path):
    assert read(tmp_path, [b"Main Street"])[0].encoding == "ASCII"


@pytest.mark.parametrize(("encoding", "dropped"), [("utf-8", 1), ("utf-8", 2), ("gbk", 1)])
def test_of_a_text_that_was_cut_all_whole_characters_are_read(tmp_path, encoding, dropped):
    raw = [name.encode(encoding) for name in [*NAMES, *(name + "东" for name in NAMES)]]
    raw.append("解放路与人民路交叉口".encode(encoding)[:-dropped])
    found, texts = read(tmp_path, raw)
    assert texts[-1] == "解放路与人民路交叉"
    assert found.cut == 1


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_field_names_are_cut_after_ten_bytes_wherever_that_is(tmp_path, encoding):
    raw = [name.encode(encoding) for name in NAMES]
    names = ["a道路名称与别名".encode(encoding)[:10]]
    found, _ = read(tmp_path, raw, names)
    assert "a道路名称".startswith(found.names[0])
    assert found.names[0].startswith("a道路名")
    assert found.is_cut == (True,)


def test_a_name_cut_before_its_number_is_read_without_the_rest(tmp_path):
    raw = "街道名".encode()[:8] + b"_1"
    found, _ = read(tmp_path, [name.encode() for name in NAMES], [raw])
    assert found.names == ("街道_1",)
    assert found.is_cut == (True,)


def test_a_few_texts_that_make_no_sense_are_counted_among_many(tmp_path):
    raw = [f"{name}{k}".encode() for name in NAMES for k in range(60)]
    found, texts = read(tmp_path, [*raw, b"\xff\xfe\xff\xfe"], chosen="UTF-8")
    assert found.unread == 1
    assert "�" in texts[-1]


def test_texts_in_no_encoding_say_how_to_export_them_again(tmp_path):
    mixed = [name.encode() for name in NAMES] + [name.encode("gbk") for name in NAMES]
    with pytest.raises(StreetMapError, match=r"a\.shp: 5 of 10 names .*GeoPackage.*--encoding"):
        read(tmp_path, mixed)


def test_an_encoding_that_somebody_names_is_used_or_refused(tmp_path):
    raw = ["Łódź".encode("cp1250")]
    assert read(tmp_path, raw, chosen="windows-1250")[1] == ["Łódź"]
    with pytest.raises(StreetMapError, match=r"there is no encoding GBX; write one such as UTF-8"):
        read(tmp_path, raw, chosen="GBX")
    with pytest.raises(StreetMapError, match=r"are no UTF-8"):
        read(tmp_path, raw, chosen="UTF-8")
