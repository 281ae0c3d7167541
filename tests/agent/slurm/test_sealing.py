"""Secrets on a shared disk: nobody opens them but the process that they are for."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.engines.slurm.sealing import Recipient, seal


@given(st.binary(max_size=200))
def test_the_recipient_opens_what_is_sealed(text: bytes) -> None:
    recipient = Recipient()
    sealed = seal(recipient.address, text)
    assert recipient.open(sealed) == text


def test_nobody_else_opens_it_and_it_does_not_show() -> None:
    sealed = seal(Recipient().address, b"open sesame")
    assert b"sesame" not in base64.b64decode(sealed)
    with pytest.raises(ValueError, match="it was sealed for somebody else, or was changed on its way"):
        Recipient().open(sealed)


def test_what_was_changed_is_refused() -> None:
    recipient = Recipient()
    raw = bytearray(base64.b64decode(seal(recipient.address, b"open sesame")))
    raw[-1] ^= 1
    with pytest.raises(ValueError, match="was changed"):
        recipient.open(base64.b64encode(raw).decode())


def test_the_same_text_is_sealed_differently_each_time() -> None:
    address = Recipient().address
    assert seal(address, b"a") != seal(address, b"a")
