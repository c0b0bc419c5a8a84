"""The workers of a server: a process each, asked by one request at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any, TypeAlias, TypeVar

from starlette.requests import Request

from photochrom._machine import cores
from photochrom.batch.process import Process
from photochrom.errors import InputMissingError, PhotochromError
from photochrom.web.problem import Problem, problem_of
from photochrom.web.settings import Settings
from photochrom.web.tasks import Known, Task, Try

Said: TypeAlias = tuple[dict[str, Any], tuple[bytes, ...]]
_Found = TypeVar("_Found")
_CHILD = "photochrom.web.child"
_TO_LOAD = 120.0  # s, for a model; a second alone, but a machine may be busy
_EARLIER = 1.0  # s before a request's time is up its worker is told to stop, so that it can say so
logger = logging.getLogger(__name__)


class Desk:
    """Hands tasks to workers that are idle.

    Parameters
    ----------
    settings : how many workers, of what size
    first : the model that is most likely asked for; it is loaded before any request
    """

    def __init__(self, settings: Settings, first: Known) -> None:
        self._first = Try(first)
        self.size = settings.crew
        threads = max(1, cores() // self.size)
        self._all = [
            Process(_CHILD, threads, threads=threads, memory=settings.share)
            for _ in range(self.size)
        ]
        self._idle: asyncio.LifoQueue[Process] = asyncio.LifoQueue()
        self._threads = ThreadPoolExecutor(self.size, "worker")
        self._seconds = settings.seconds
        self._resting: set[asyncio.Task[None]] = set()
        self.restarts = 0

    async def open(self) -> None:
        """Start all workers."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(self._threads, self._start, each) for each in self._all)
        )
        for each in self._all:
            self._idle.put_nowait(each)

    async def close(self) -> None:
        """End all workers, in the middle of a picture too."""
        for each in self._all:
            each.kill(forever=True)
        self._threads.shutdown(wait=True, cancel_futures=True)
        for each in self._all:
            each.close()

    @property
    def ready(self) -> int:
        """How many workers are there."""
        return sum(each.id is not None for each in self._all)

    @property
    def processes(self) -> list[int]:
        """Their numbers."""
        return [each.id for each in self._all if each.id is not None]

    async def ask(self, task: Task, seconds: float | None = None) -> Said:
        """Have a task done by the next worker that is idle.

        Parameters
        ----------
        seconds : for the work, waiting included; None for what a request may take

        Raises
        ------
        Problem
            If it cannot be done, or not in time.
        """
        left = self._seconds if seconds is None else seconds
        until = asyncio.get_running_loop().time() + left
        try:
            worker = await asyncio.wait_for(self._idle.get(), left)
        except TimeoutError:
            raise Problem("too-slow", f"no worker was free for {left:g} s; try later") from None
        try:
            left = max(_EARLIER, until - asyncio.get_running_loop().time())
            return await self._work(worker, task, left)
        except InputMissingError as error:  # uploads stay for as long as their request
            raise Problem("model-unknown", "the model was removed meanwhile") from error
        except PhotochromError as error:
            raise problem_of(error) or error from error
        finally:
            self._rest(worker)

    async def _work(self, worker: Process, task: Task, seconds: float) -> Said:
        loop = asyncio.get_running_loop()
        left = Event()

        def do() -> Said:
            if left.is_set():  # before it began; a child that was killed would be replaced first
                raise Problem("request-invalid", "the client hung up")
            return worker.ask(task, seconds)

        work = loop.run_in_executor(self._threads, do)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:  # nobody waits any more
            left.set()
            worker.kill()
            with suppress(Exception):
                await work
            with suppress(RuntimeError):  # the server ends
                # One that still dies would be taken for an idle one.
                await loop.run_in_executor(self._threads, worker.close)
            raise

    def _rest(self, worker: Process) -> None:
        """Put a worker back; one whose process ended is started first, unseen by any request."""
        if worker.id is not None:
            self._idle.put_nowait(worker)
            return
        self.restarts += 1
        task = asyncio.get_running_loop().create_task(self._restart(worker))
        self._resting.add(task)
        task.add_done_callback(self._resting.discard)

    async def _restart(self, worker: Process) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._start, worker)
        except (PhotochromError, RuntimeError):  # no memory just now, or the server ends
            logger.exception("a worker could not be started again; the next task tries once more")
        self._idle.put_nowait(worker)

    def _start(self, worker: Process) -> None:
        worker.close()
        worker.ask(self._first, _TO_LOAD)


async def unless_gone(request: Request, work: Callable[[], Awaitable[_Found]]) -> _Found:
    """Do work, and stop it when the client hangs up; its body must have been read.

    Raises
    ------
    Problem
        If the client is gone; nobody will read it.
    """
    doing = asyncio.ensure_future(work())
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise Problem("request-invalid", "the client hung up")
    finally:
        for each in (doing, leaving):
            if not each.done():
                each.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await each


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
