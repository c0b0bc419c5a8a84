"""A real browser for tests, and folders of files served on loopback as any web server would."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    "--no-sandbox",  # which root cannot have, in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000  # ms
in_browser = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None, reason="there is no Chromium to drive"
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def served(folder: Path, port: int = 0) -> AbstractContextManager[str]:
    """Serve a folder, without headers of any use; gives its address with a slash at its end."""
    return listening(partial(_Quiet, directory=str(folder)), port)


@contextmanager
def listening(handler: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """Answer as a handler of requests does; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser that ends with the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_pictures(page: Any, *paths: Path) -> None:
    """Give the page files and wait for their results."""
    page.locator("input[type=file]").first.set_input_files(list(paths))
    settled(page)


def settled(page: Any) -> None:
    """Wait until the page shows the result of what was asked last."""
    page.wait_for_function(
        """() => document.querySelectorAll(".picture .layer").length >= 2
        && document.querySelector(".working").dataset.on === "false"
        && document.querySelector(".strip [role=status]").textContent === "" """
    )


def save(page: Any, target: Path, kind: str) -> str:
    """Save the result that is shown, as "jpeg" or "png"; gives the name that the page proposed."""
    page.get_by_label("File type").select_option(kind)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    download.value.save_as(target)
    return str(download.value.suggested_filename)
