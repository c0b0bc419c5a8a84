"""Who may ask what: the wrapper round everything that the server answers."""

import hmac
import ipaddress
import logging
import time
from collections.abc import Mapping
from contextlib import nullcontext
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photochrom.web.counts import Counts
from photochrom.web.pace import Pace
from photochrom.web.places import Places
from photochrom.web.problem import Problem
from photochrom.web.settings import Settings

API = "/api/"
_CLOSED = (API, "/metrics")  # a token is asked for, where there is one
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REQUESTS = 256  # at once, those that make no work included, but for `_LIFE`
_LIFE = "/health"  # a server that is only busy must not seem dead
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
logger = logging.getLogger(__name__)

# Nothing comes from elsewhere, nothing is framed. A page of blobs is what it shows and saves; its
# network is compiled WebAssembly.
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
        "img-src 'self' blob: data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",  # with the next, WebAssembly may have threads
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Checks each request before the application sees it, and bounds what it may take.

    Parameters
    ----------
    app : what answers
    settings : whom it answers
    places : of requests that make work
    counts : of what was answered
    """

    def __init__(self, app: ASGIApp, settings: Settings, places: Places, counts: Counts) -> None:
        self._app, self._settings = app, settings
        self._places, self._counts = places, counts
        self._requests = Places(_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, patience = self._settings.max_upload, self._settings.patience
        pace = Pace(most, patience, time.monotonic, endless=scope["method"] == "GET")
        answer = _Answer(pace, scope, receive, send)
        began = time.monotonic()
        try:
            with nullcontext() if scope["path"] == _LIFE else self._requests.taken():
                await self._guarded(scope, receive, pace, answer)
        except Problem as problem:
            if not answer.status:
                await problem.response()(scope, receive, answer)
        except Exception:  # it is answered already, if somebody still listens
            if not pace.gone:
                logger.exception("a request failed")
        finally:
            status = 0 if pace.gone else answer.status
            self._counts.answered(scope, status, time.monotonic() - began)

    async def _guarded(self, scope: Scope, receive: Receive, pace: Pace, answer: "_Answer") -> None:
        headers = Headers(scope=scope)
        check_host(headers, self._settings)
        check_origin(scope, headers)
        check_token(scope["path"], headers, self._settings.token)
        raw = headers.get("content-length")
        pace.check_length(None if raw is None else raw.encode())

        async def paced() -> Message:
            return await pace.receive(receive)

        if scope["method"] != "POST" or not scope["path"].startswith(API):
            await self._app(scope, paced, answer)
            return
        with self._places.taken():
            await self._app(scope, paced, answer)


class _Answer:
    """Sends at a pace, with the headers that every response has.

    What a client still sends when it is refused is thrown away for a moment, then the connection is
    closed: else it would be reset, and the client would see that in place of the refusal.
    """

    def __init__(self, pace: Pace, scope: Scope, receive: Receive, send: Send) -> None:
        self._pace, self._receive, self._send = pace, receive, send
        self._may_send_more = scope["method"] in _CHANGING
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
            if self._is_early:
                headers["connection"] = "close"
        elif self._is_early and not message.get("more_body", False):
            await self._pace.send(self._send, {**message, "more_body": True})
            await self._pace.drain(self._receive)
            message = {"type": "http.response.body", "body": b""}
        await self._pace.send(self._send, message)

    @property
    def _is_early(self) -> bool:
        return self._may_send_more and self.status >= 400 and not self._pace.ended


def check_host(headers: Mapping[str, str], settings: Settings) -> None:
    """Refuse names that are not the server's: a foreign one may be made to lead here.

    A number is no name that anybody could have made lead here.

    Raises
    ------
    Problem
        If the request names another host, or none.
    """
    host = headers.get("host", "")
    name = _name(host)
    if name in (*_LOOPBACK, settings.host, *settings.allowed):
        return
    if not settings.is_loopback and _is_number(name):
        return
    raise Problem(
        "host-refused",
        f"the server was called {host[:100]!r}; to allow that name, start it with --allow-host",
    )


def check_origin(scope: Scope, headers: Mapping[str, str]) -> None:
    """Refuse what another website's page sends; programs send neither header.

    Raises
    ------
    Problem
        If it is from another origin.
    """
    if not scope["path"].startswith(_CLOSED):
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    own = origin is None or _is_own(origin, headers.get("host", ""))
    if site not in (None, "same-origin", "none") or not own:
        raise Problem("origin-refused")


def check_token(path: str, headers: Mapping[str, str], token: str | None) -> None:
    """Refuse who does not know the token.

    Raises
    ------
    Problem
        If there is one, and the request bears another or none.
    """
    if token is None or not path.startswith(_CLOSED):
        return
    kind, _, given = headers.get("authorization", "").partition(" ")
    # Compared in constant time, as bytes: the time would tell how much of a guess is right.
    right = hmac.compare_digest(given.strip().encode(), token.encode())
    if kind.lower() != "bearer" or not right:
        raise Problem(
            "token-missing",
            "send the header `Authorization: Bearer TOKEN`; who started the server knows it",
            {"www-authenticate": "Bearer"},
        )


def _is_own(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:  # such as half of an address in brackets
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _name(host: str) -> str:
    """Return a host without its port, and an address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
