from ingest.gateway.jt808.fault import LONGEST_EVIDENCE, FaultCode, fault


def test_every_code_says_what_it_is():
    assert all(code.meaning.endswith(".") for code in FaultCode)
    assert str(FaultCode.TORN) == "torn"


def test_evidence_is_clipped():
    assert fault(FaultCode.TORN, bytes(5000)).evidence == bytes(LONGEST_EVIDENCE)
