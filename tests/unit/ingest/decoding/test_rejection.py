from ingest.decoding.rejection import RejectionCode, refuse


def test_every_code_is_documented_once_in_a_sentence():
    meanings = [code.meaning for code in RejectionCode]
    assert all(meaning.endswith(".") and len(meaning) > 20 for meaning in meanings)
    assert len(set(meanings)) == len(meanings)


def test_a_code_is_found_by_its_text():
    assert RejectionCode("null_island") is RejectionCode.NULL_ISLAND
    assert f"{RejectionCode.NULL_ISLAND}" == "null_island"


def test_evidence_is_clipped():
    rejection = refuse(
        RejectionCode.WRONG_TYPE, "t" * 900, 1, b"x" * 50_000, key="longitude", value="长" * 900
    )
    assert (len(rejection.topic), len(rejection.value)) == (200, 200)
    assert (len(rejection.payload), rejection.payload_bytes) == (16_384, 50_000)


def test_evidence_can_be_stored_by_any_database():
    rejection = refuse(RejectionCode.WRONG_TYPE, "fleet/\0/ping", 1, b"\0\xff", value="\ud800")
    assert "\0" not in rejection.topic
    assert rejection.value.encode("utf-8") == b'"?"'
    assert rejection.payload == b"\0\xff"
