"""Signals that end a program, and the step that they wait for."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from photochrom._interrupts import late_interrupt


class CaughtError(Exception):
    """What a handler of somebody else does."""


def catch(number: int, frame: Any) -> None:
    raise CaughtError(signal.Signals(number).name)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Let SIGTERM end the test and not the tests; bring back what was there."""
    earlier = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, catch)
    yield
    for number, handler in earlier:
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_waits_and_is_told(number: signal.Signals) -> None:
    told = []
    with late_interrupt(lambda: told.append("stop")) as asked:
        assert not asked()
        signal.raise_signal(number)
        assert asked()
        signal.raise_signal(signal.SIGTERM)  # containers send it more than once
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert told == ["stop"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is catch


def test_a_program_in_the_background_of_a_script_hears_sigterm() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does that runs `command &`
    with late_interrupt() as asked:
        signal.raise_signal(signal.SIGINT)
        assert not asked()
        signal.raise_signal(signal.SIGTERM)
        assert asked()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) is catch


def test_a_program_that_handles_ctrl_c_itself_keeps_both_signals() -> None:
    signal.signal(signal.SIGINT, catch)
    with late_interrupt() as asked:
        for number in (signal.SIGINT, signal.SIGTERM):
            with pytest.raises(CaughtError):
                signal.raise_signal(number)
        assert not asked()
