"""Bytes at a pace: no more than allowed, and not so slowly that they block others."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Send

from photochrom.web.problem import Problem

_LEAST = 4096  # bytes a second, on average, after the patience has run out once
_SLICE = 1 << 16  # bytes sent at a time, so that a slow reader is noticed
_LONGEST = 600.0  # s for a body or an answer, at whatever pace
_LINGER = 3.0  # s, at most, during which what a refused client still sends is thrown away
Clock = Callable[[], float]


class Pace:
    """What one request may send and how slowly.

    Parameters
    ----------
    most : bytes
    patience : s without a byte, and s before the average counts
    clock : s
    endless : whether the answer may take as long as it likes: events come for an hour
    """

    def __init__(self, most: int, patience: float, clock: Clock, *, endless: bool = False) -> None:
        self._endless, self._answered = endless, clock()
        self._most, self._patience, self._clock = most, patience, clock
        self._began = clock()
        self.received = 0
        self.ended = False
        self.gone = False

    def check_length(self, header: bytes | None) -> None:
        """Refuse by what a request says of itself.

        Raises
        ------
        Problem
            If it says too much.
        """
        if header is not None and header.isdigit() and int(header[:20]) > self._most:
            raise self._too_large()

    async def receive(self, receive: Receive) -> Message:
        """Receive a part of the body; once it is there, wait for the client to hang up.

        Raises
        ------
        Problem
            If there is too much of it, or it comes too slowly.
        """
        if self.ended:
            message = await receive()
        else:
            message = await self._soon(receive(), "upload-slow")
        if message["type"] == "http.disconnect":
            self.gone = True
            return message
        self.received += len(message.get("body", b""))
        self.ended = self.ended or not message.get("more_body", False)
        self._check()
        return message

    async def send(self, send: Send, message: Message) -> None:
        """Send a part of a response.

        Raises
        ------
        Problem
            If the client does not take it; it counts as gone.
        """
        if message["type"] == "http.response.start":
            self._answered = self._clock()
        body = message.get("body", b"")
        if len(body) <= _SLICE:
            await self._taken(send(message))
            return
        more = message.get("more_body", False)
        for start in range(0, len(body), _SLICE):
            part = body[start : start + _SLICE]
            last = start + _SLICE >= len(body)
            if not self._endless and self._clock() - self._answered > _LONGEST:
                self.gone = True
                raise Problem("upload-slow", f"the answer was not taken in {_LONGEST:g} s")
            await self._taken(send({**message, "body": part, "more_body": more or not last}))

    async def drain(self, receive: Receive) -> None:
        """Throw away what a refused client still sends, for a moment.

        A connection that is closed with bytes unread is reset, and the client would see that in
        place of the refusal.
        """
        until = self._clock() + min(_LINGER, self._patience)
        try:
            while not self.ended and not self.gone:
                left = until - self._clock()
                message = await asyncio.wait_for(receive(), max(left, 0.01))
                self.ended = not message.get("more_body", False)
                if left <= 0:
                    return
        except TimeoutError:
            return

    async def _taken(self, work: Awaitable[None]) -> None:
        try:
            await self._soon(work, "upload-slow")
        except Problem:  # no mistake of the server's, whatever frameworks make of it on its way
            self.gone = True
            raise

    async def _soon(self, work: Awaitable[Message | None], code: str) -> Message:
        try:
            return await asyncio.wait_for(work, self._patience) or {}
        except TimeoutError:
            raise Problem(code, f"nothing came for {self._patience:g} s") from None

    def _check(self) -> None:
        if self.received > self._most:
            raise self._too_large()
        seconds = self._clock() - self._began
        slow = seconds > self._patience and self.received < _LEAST * seconds
        if not self.ended and (slow or seconds > _LONGEST):
            raise Problem("upload-slow", f"after {seconds:.0f} s {self.received:,} bytes had come")

    def _too_large(self) -> Problem:
        return Problem(
            "upload-too-large", f"a request may have {self._most:,} bytes; send fewer or less"
        )
