import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.rejection import RejectionCode as Code
from ingest.fault import PingFileError
from ingest.files.formats.nmea import looks_like_nmea, read_nmea
from ingest.files.formats.recorded import Recorded
from tests.fixtures.recorders import gga, rmc, sentence


def read(*lines):
    recorded = Recorded("T1.nmea", 0)
    read_nmea("\r\n".join(lines).encode(), recorded)
    return recorded


def faults(found):
    return [(each.code, each.topic) for each in found.refused]


@pytest.mark.parametrize("lines", [[gga(), rmc()], [rmc(), gga()]])
def test_rmc_is_the_fix_and_gga_of_the_same_instant_its_quality(lines):
    found = read(*lines, gga("070001.00", "9.9"), rmc("070002.25"))
    assert found.rows == [
        ("2022-03-28T07:00:00.00Z", "11318.0000E", "4004.8000N", "19.44", "45.0", "0.9", "11"),
        ("2022-03-28T07:00:02.25Z", "11318.0000E", "4004.8000N", "19.44", "45.0", "", ""),
    ]
    assert found.refused == []
    assert any("two digits" in note for note in found.notes)


def test_status_v_and_mode_n_are_no_fix():
    found = read(rmc(status="V"), rmc(mode="N"), rmc())
    assert faults(found) == [(Code.NO_FIX, "T1.nmea:1"), (Code.NO_FIX, "T1.nmea:2")]
    assert found.lines == [3]


def test_a_wrong_checksum_and_a_torn_line_are_refused_and_counted():
    wrong = rmc()[:-2] + "00"
    found = read(wrong, rmc()[:30], "hello", "", rmc())
    assert sorted(topic for _, topic in faults(found)) == ["T1.nmea:1", "T1.nmea:2", "T1.nmea:3"]
    assert "the checksum is 00" in found.refused[0].value


def test_sentences_without_a_checksum_are_believed_and_said():
    found = read(rmc().partition("*")[0])
    assert len(found.rows) == 1
    assert any("no checksum" in note for note in found.notes)


def test_years_of_two_digits_from_80_on_are_of_the_last_century():
    dates = [row[0][:10] for row in read(rmc(date="060180"), rmc(date="311279")).rows]
    assert dates == ["1980-01-06", "2079-12-31"]


def test_a_line_may_have_the_recorders_own_stamp_before_it():
    assert len(read(f"07:00:00 > {rmc()}").rows) == 1


def test_sentences_that_tell_no_date_are_an_error_that_says_so():
    with pytest.raises(PingFileError, match="no RMC sentence, and no other"):
        read(gga())
    with pytest.raises(PingFileError, match="no sentence"):
        read("")


def test_text_of_sentences_is_known_by_its_beginning():
    assert looks_like_nmea(b"$GPRMC,1")
    assert looks_like_nmea(b"\xef\xbb\xbf!AIVDM,1")
    assert not looks_like_nmea(b"vehicle_id,event_time")


@given(st.lists(st.sampled_from([rmc(), rmc(status="V"), gga(), sentence("GPGSV,1")]) | st.text()))
def test_every_rmc_is_a_row_or_refused_and_nothing_is_lost(lines):
    clean = [line for line in lines if len(f"{line}x".splitlines()) == 1]
    found = read(*clean, rmc())
    told = sum("RMC" in line for line in clean) + 1
    odd = [line for line in clean if not line.startswith(("$GNRMC", "$GNGGA", "$GPGSV"))]
    assert told <= len(found.rows) + len(found.refused) <= told + len(odd)
