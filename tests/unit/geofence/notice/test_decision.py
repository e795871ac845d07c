from geofence.notice.decision import DECISION_MEANINGS, DecisionCode


def test_every_decision_code_has_a_meaning_of_its_own():
    assert set(DECISION_MEANINGS) == set(DecisionCode)
    assert len(set(DECISION_MEANINGS.values())) == len(DecisionCode)


def test_every_meaning_is_a_sentence_that_fits_in_one_line_of_a_report():
    for meaning in DECISION_MEANINGS.values():
        assert meaning[0].isupper()
        assert meaning.endswith(".")
        assert "\n" not in meaning
