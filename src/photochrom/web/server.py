"""Run the server: one process that answers, and the workers that it starts."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from photochrom.errors import OptionError
from photochrom.web.app import guarded
from photochrom.web.house import House
from photochrom.web.settings import Settings

_CONNECTIONS = 512  # idle ones, too; the guard refuses fewer requests than that, in words
_TO_END = 5  # s for requests at work when the server ends
_LONGEST_HEAD = 1 << 14  # bytes of all headers
_BACKLOG = 256


def serve(settings: Settings, told: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Parameters
    ----------
    settings : of the server
    told : is given the address once, before the first request is taken

    Raises
    ------
    OptionError
        If the address cannot be listened at, such as a port that is in use.
    InputMissingError, ModelFileError, OutOfMemoryError
        If a model cannot be read, or not run.
    """
    # It warns of every form that is damaged; who sent it is told anyway.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    with listen(settings) as listening:
        house = House(settings)
        server = server_of(house)
        told(address(listening, settings.host))
        server.run(sockets=[listening])
        if house.failure is not None:
            raise house.failure


def listen(settings: Settings) -> socket.socket:
    """Return a socket that is bound; before anything else, for it is what fails most.

    Raises
    ------
    OptionError
        If the address is in use, or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise OptionError(
            f"cannot listen at {settings.host}, port {settings.port}: {error.strerror}; "
            "another server may run there: give another --port, or 0 for any that is free"
        ) from error
    return found


def address(listening: socket.socket, host: str) -> str:
    """Return where a browser finds the server."""
    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def server_of(house: House) -> uvicorn.Server:
    """Return what runs a house; it opens it, and closes it at the end."""
    config = uvicorn.Config(
        guarded(house),
        http=_patient(house.settings.patience),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",  # what a client did wrong is told to the client
        access_log=False,
        proxy_headers=False,  # nobody may say who he is
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_TO_END,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )
    return uvicorn.Server(config)


def _patient(patience: float) -> type[asyncio.Protocol]:
    """Return a protocol that hangs up on clients whose headers do not come, or who read nothing.

    uvicorn waits for both without end; a connection costs little, but not nothing.
    """

    class Patient(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._headers = _Alarm(patience, self._hang_up)
            # A connection that is only closed would wait until everything is read. Twice, so that
            # the request, which waits as well, is told first.
            self._reading = _Alarm(2 * patience, transport.abort)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._headers.stop()
            self._reading.stop()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._reading.start(self.loop)

        def resume_writing(self) -> None:
            self._reading.stop()
            super().resume_writing()

        def _watch(self) -> None:
            """Count from the first byte of the headers to the last, however they trickle."""
            if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
                self._headers.start(self.loop)
            else:
                self._headers.stop()

        def _hang_up(self) -> None:
            if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                self.transport.abort()

    return cast(type[asyncio.Protocol], Patient)


class _Alarm:
    """Rings once after some seconds, unless it is stopped."""

    def __init__(self, seconds: float, ring: Callable[[], None]) -> None:
        self._seconds, self._ring = seconds, ring
        self._timer: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to count, if that was not begun."""
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._ring)

    def stop(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
