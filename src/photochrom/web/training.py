"""Trainings: one at a time, in a process, and what came of the last ones."""

import asyncio
import json
import math
import os
import pickle
import secrets
import shutil
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import Any, Literal

from photochrom.errors import TRAIN_EXTRA, PhotochromError
from photochrom.imageio.reading import Limits
from photochrom.palettes.palette import Palette
from photochrom.web.desk import Desk
from photochrom.web.failed import theirs, why
from photochrom.web.form import Part
from photochrom.web.problem import Problem
from photochrom.web.settings import Settings
from photochrom.web.shelf import Model, Shelf
from photochrom.web.tasks import Fit, Reduce

LEAST = 5  # pictures
_KEPT = 8  # trainings
_SIDE = 1024  # px of the shorter side that pictures are kept at; the network sees 256
_SECONDS = 60.0  # to read one of them
_POINTS = 240  # of the loss curve
_COLORS = 16  # of the swatch that is shown meanwhile
_LONGEST = 3600.0  # s, after which a training is ended that was to take as long as it likes
_ROOT = FilePath(__file__).parents[2]

State = Literal["reading", "training", "done", "failed", "cancelled"]


class Run:
    """One training.

    Attributes
    ----------
    id : by which requests name it
    name : of its model
    folder : of its files
    names : what visitors call the files in it
    changed : is set anew with every change; who waits for it takes it first
    """

    def __init__(self, name: str, folder: FilePath) -> None:
        self.id, self.name, self.folder = secrets.token_urlsafe(9), name, folder
        self.state: State = "reading"
        self.said: dict[str, Any] = {}
        self.losses: list[tuple[float, float]] = []
        self.pictures = 0
        self.swatch: Palette | None = None
        self.left_out: list[tuple[str, str]] = []
        self.names: dict[str, str] = {}
        self.warnings: list[str] = []
        self.problem: str | None = None
        self.model: Model | None = None
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.state in ("reading", "training")

    def tell(self, **news: Any) -> None:
        """Note something and wake those who wait for it."""
        for name, value in news.items():
            setattr(self, name, value)
        self.changed.set()
        self.changed = asyncio.Event()

    def hear(self, said: dict[str, Any]) -> None:
        """Note what the process said."""
        if "error" in said:
            self.tell(problem=theirs(said["error"], self.names))
        elif "warnings" in said:
            left_out = [
                (self.names.get(name, name), theirs(reason, self.names))
                for name, reason in said["left_out"]
            ]
            self.tell(warnings=said["warnings"], left_out=[*self.left_out, *left_out])
        else:
            if math.isfinite(said["loss"]):
                self.losses = thinned([*self.losses, (said["share"], said["loss"])])
            self.tell(said={key: finite(value) for key, value in said.items()})


def finite(value: Any) -> Any:
    """Return a value as JSON may hold it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Keep every other point, but for the last, of a curve that has become long."""
    return points if len(points) <= _POINTS else [*points[:-1:2], points[-1]]


class Trainings:
    """Runs trainings, and remembers the last few.

    Parameters
    ----------
    folder : for their files
    """

    def __init__(self, folder: FilePath, settings: Settings, desk: Desk, shelf: Shelf) -> None:
        self._folder, self._desk, self._shelf = folder, desk, shelf
        self._limits = Limits(max_pixels=settings.max_pixels, max_bytes=settings.max_upload)
        self._allowed, self._start = settings.training, settings.start
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._reserved = False
        self.process: int | None = None

    @property
    def why_not(self) -> Literal["off", "missing"] | None:
        """Why nothing can be trained; None where it can."""
        if not self._allowed:
            return "off"
        return "missing" if any(find_spec(name) is None for name in TRAIN_EXTRA) else None

    @property
    def busy(self) -> bool:
        """Whether one is under way."""
        return self._reserved or any(run.open for run in self._runs.values())

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Let nobody else begin a training while the pictures of one are on their way.

        Raises
        ------
        Problem
            If nothing can be trained now, or at all.
        """
        if self.why_not is not None:
            raise Problem({"off": "training-off", "missing": "training-missing"}[self.why_not])
        if self.busy:
            raise Problem("training-busy")
        self._shelf.hold()
        self._reserved = True
        try:
            yield
        finally:
            self._reserved = False
            if not self.busy:  # none began
                self._shelf.let_go()

    def all(self) -> list[Run]:
        """Return the last ones, the newest last."""
        return list(self._runs.values())

    def find(self, word: str) -> Run:
        """Return a training.

        Raises
        ------
        Problem
            If there is none of that id.
        """
        try:
            return self._runs[word]
        except KeyError:
            raise Problem("not-found", "there is no such training, or not any more") from None

    def begin(self, name: str, pictures: list[Part], options: dict[str, Any]) -> Run:
        """Begin a training; the files of the pictures are taken over."""
        folder = self._folder / secrets.token_hex(8)
        (folder / "given").mkdir(parents=True)
        (folder / "pictures").mkdir()
        run = Run(name, folder)
        given = []
        for number, part in enumerate(pictures):
            given.append((part.path.rename(folder / "given" / f"{number:03}"), part.name))
        self._runs[run.id] = run
        while len(self._runs) > _KEPT:
            _, oldest = self._runs.popitem(last=False)
            shutil.rmtree(oldest.folder, ignore_errors=True)
        run.task = asyncio.get_running_loop().create_task(self._run(run, given, options))
        return run

    async def cancel(self, run: Run) -> None:
        """End a training; nothing where it has ended."""
        if run.open and run.task is not None:
            run.task.cancel()
            with suppress(asyncio.CancelledError):
                await run.task

    async def close(self) -> None:
        """End all."""
        for run in self._runs.values():
            await self.cancel(run)

    async def _run(
        self, run: Run, given: list[tuple[FilePath, str]], options: dict[str, Any]
    ) -> None:
        try:
            await self._read(run, given)
            run.tell(state="training")
            await asyncio.wait_for(self._train(run, options), _LONGEST)
            run.tell(state="done")
        except asyncio.CancelledError:
            run.tell(state="cancelled")
            raise
        except TimeoutError:
            run.tell(state="failed", problem=f"it took longer than {_LONGEST / 60:g} minutes")
        except (Problem, PhotochromError, OSError) as error:
            run.tell(state="failed", problem=why(error))
        finally:
            self._shelf.let_go()
            shutil.rmtree(run.folder / "given", ignore_errors=True)
            shutil.rmtree(run.folder / "pictures", ignore_errors=True)

    async def _read(self, run: Run, given: list[tuple[FilePath, str]]) -> None:
        """Decode what visitors sent where it may do no harm; learn from clean copies."""
        for number, (path, name) in enumerate(given):
            try:
                task = Reduce(str(path), _SIDE, self._limits)
                _, (clean,) = await self._desk.ask(task, _SECONDS)
            except Problem as problem:
                reason = problem.document().detail.replace(str(path), "it")
                run.tell(left_out=[*run.left_out, (name, reason)])
            else:
                own = run.folder / "pictures" / f"{number:03}.png"
                own.write_bytes(clean)
                run.names[own.name] = name
                run.tell(pictures=run.pictures + 1)
            path.unlink()
        if run.pictures < LEAST:
            raise Problem(
                "pictures-unfit",
                f"expected {LEAST} pictures or more that can be read, got {run.pictures}",
            )
        await self._show_colors(run)

    async def _show_colors(self, run: Run) -> None:
        pictures = tuple(str(each) for each in sorted((run.folder / "pictures").iterdir()))
        with suppress(Problem):  # gray ones have none; the training says so
            said, _ = await self._desk.ask(Fit(pictures, _COLORS, self._limits), _SECONDS)
            run.tell(swatch=Palette.from_dict(said["palette"]))

    async def _train(self, run: Run, options: dict[str, Any]) -> None:
        out = run.folder / "model.onnx"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "photochrom.web.trainee",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": _paths()},
        )  # fmt: skip
        self.process = process.pid
        try:
            if process.stdin is None or process.stdout is None:
                raise OSError("the process has no pipes")
            asked = {"start": self._start, **options}
            process.stdin.write(pickle.dumps((run.folder / "pictures", out, asked)))
            await process.stdin.drain()
            async for line in process.stdout:
                run.hear(json.loads(line))
            code = await process.wait()
        finally:
            self.process = None
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if run.problem is not None:
            raise Problem("pictures-unfit", run.problem)
        if code:
            raise Problem("internal", f"the training ended unexpectedly ({code})")
        run.model = self._shelf.add(out.read_bytes(), f"{run.name}.onnx", held=True)


def _paths() -> str:
    return os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
