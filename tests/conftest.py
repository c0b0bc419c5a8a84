"""What holds for all tests."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

import chromium

# A shell starts its background jobs with Ctrl-C ignored, and their children inherit that: the tests
# of interruptions would wait for one that never comes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Processes side by side that each compute on all cores wait for one another: the tests of trainings
# took nearly three times as long. It counts from the first import of a library that computes.
if side_by_side := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    threads = max(1, (os.cpu_count() or 1) // side_by_side)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.chromium() as started:
        yield started


@pytest.fixture
def page(server: Any, browser: Any) -> Iterator[Any]:
    """The page of the server that a file of tests starts."""
    from browser import visited

    with visited(browser, server.url) as shown:
        yield shown
