"""Button data is read back exactly, or not at all."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import CALLBACK_MAX_BYTES, DECIDING, NO_NONCE, Callback, TradeRef, Verb, decode, encode, read_trade
from engine.core.model import OptionType

NONCES = st.text(alphabet=string.ascii_letters + string.digits + "_-", min_size=16, max_size=16)
REFS = st.text(alphabet=string.ascii_letters + string.digits + "._-", min_size=1, max_size=24)


@given(verb=st.sampled_from(Verb), ref=REFS, nonce=NONCES)
def test_what_is_encoded_is_decoded_to_the_same_and_fits_a_button(verb: Verb, ref: str, nonce: str) -> None:
    carried = nonce if verb in DECIDING else NO_NONCE
    written = encode(verb, ref, carried)

    assert len(written.encode()) <= CALLBACK_MAX_BYTES
    assert decode(written) == Callback(verb, ref, carried)


@given(st.text(max_size=80))
def test_anything_else_means_nothing(written: str) -> None:
    read = decode(written)

    assert read is None or encode(read.verb, read.ref, read.nonce) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "v1:approve:142:-",
        "v1:approve:142:short",
        "v1:details:142:AbCdEfGhIjKlMnOp",
        "v2:approve:142:AbCdEfGhIjKlMnOp",
        "v1:launch:142:AbCdEfGhIjKlMnOp",
        "v1:approve:142:AbCdEfGhIjKlMnOp:",
        "v1:approve:142:AbCdEfGhIjKlMnOp\n",
        "v1:approve:١٤٢:AbCdEfGhIjKlMnOp",
        "V1:approve:142:AbCdEfGhIjKlMnOp",
    ],
)
def test_a_button_of_another_shape_means_nothing(written: str) -> None:
    assert decode(written) is None


def test_a_ref_that_is_no_number_has_no_number() -> None:
    assert Callback(Verb.PICK, "position").number is None
    assert Callback(Verb.PICK, "9" * 16).number is None
    assert Callback(Verb.PICK, "142").number == 142


@given(trade_id=st.integers(min_value=0, max_value=10**15 - 1), side=st.sampled_from([None, *OptionType]))
def test_a_side_of_a_trade_is_read_back_exactly(trade_id: int, side: OptionType | None) -> None:
    trade = TradeRef(trade_id=trade_id, side=side)

    assert read_trade(str(trade)) == trade


@pytest.mark.parametrize("ref", ["", "-", "7-", "-put", "7-both", "7-PUT", "7-put-call", "put", "x-put", "7_put"])
def test_what_is_no_side_of_a_trade_means_nothing(ref: str) -> None:
    assert read_trade(ref) is None


def test_a_nonce_of_the_wrong_shape_is_never_written() -> None:
    with pytest.raises(ValueError, match="no button data"):
        encode(Verb.APPROVE, 142, "abc")
