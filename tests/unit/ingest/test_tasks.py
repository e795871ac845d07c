import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tasks import (
    BITS,
    EVERY_TASK,
    NO_TASK,
    Task,
    is_work,
    mask_of,
    mask_of_text,
    names_of,
    text_of,
)

masks = st.integers(0, EVERY_TASK)


@given(masks)
def test_a_mask_reads_back_from_its_names_and_from_its_text(mask):
    assert mask_of(names_of(mask)) == mask_of(names_of(mask)[::-1]) == mask
    assert mask_of_text(text_of(mask)) == mask_of_text(f" {text_of(mask)} ") == mask


def test_names_are_joined_by_plus_in_the_order_of_their_bits():
    assert text_of(Task.SPRAYING | Task.BRUSHING) == "SPRAYING+BRUSHING"
    assert mask_of_text("BRUSHING + SPRAYING+BRUSHING") == Task.SPRAYING | Task.BRUSHING


def test_to_do_nothing_is_another_thing_than_to_tell_nothing():
    assert (text_of(0), names_of(0), mask_of([])) == (NO_TASK, (), 0)
    assert (mask_of_text(NO_TASK), mask_of_text(""), mask_of_text("  ")) == (0, None, None)


@pytest.mark.parametrize(
    "text", ["SWEEPING", "brushing", "BRUSHING+", "+", "BRUSHING,SALTING", "1"]
)
def test_what_is_no_task_is_named(text):
    with pytest.raises(KeyError):
        mask_of_text(text)


@pytest.mark.parametrize("mask", [-1, EVERY_TASK + 1, 1 << 31])
def test_a_mask_with_a_bit_that_is_no_task_has_no_names(mask):
    with pytest.raises(ValueError, match="is no set of tasks"):
        names_of(mask)


def test_any_task_is_work():
    assert not is_work(0)
    assert all(is_work(bit) for bit in BITS.values())


def test_the_bits_are_those_that_logs_hold_already_and_fit_their_column():
    assert [*BITS.values()] == [1 << place for place in range(len(BITS))]
    assert EVERY_TASK < 2**31
    assert " ".join(BITS) == (
        "GARBAGE_COLLECTION LIFTING COMPACTING SPRAYING MUSIC BRUSHING PLOUGHING_AND_SLUSH_REMOVAL "
        "SALTING LINE_SANDING SPOT_SANDING TRANSFER_OF_SNOW LOWERING_OF_SNOWBANKS "
        "REMOVAL_OF_BULGE_ICE LEVELLING_OF_ROAD_SURFACE DUST_BINDING_OF_GRAVEL_ROAD_SURFACE "
        "MECHANICAL_CUT BRUSH_CLEARING CLEANSING_OF_BRIDGES CLEANSING_OF_REST_AREAS "
        "CLEANSING_OF_TRAFFIC_SIGNS DITCHING PATCHING ROAD_INSPECTIONS OTHER"
    )
