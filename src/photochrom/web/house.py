"""All that a running server holds, and how long."""

import shutil
import tempfile
from pathlib import Path as FilePath

from starlette.requests import Request

from photochrom.imageio.reading import Limits
from photochrom.web.counts import Counts
from photochrom.web.desk import Desk
from photochrom.web.places import Places
from photochrom.web.results import Results
from photochrom.web.settings import Settings
from photochrom.web.shelf import Shelf
from photochrom.web.training import Trainings

_RESULTS = 16  # times the largest upload, for results that are fetched later


class House:
    """Workers, models, results and trainings; and a folder that goes with the server.

    Parameters
    ----------
    settings : of the server

    Raises
    ------
    InputMissingError, ModelFileError
        If a model cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limits = Limits(max_pixels=settings.max_pixels, max_bytes=settings.max_upload)
        self._folder = FilePath(tempfile.mkdtemp(prefix="photochrom-"))
        try:
            parts = {name: self._folder / name for name in ("up", "models", "results", "trainings")}
            for each in parts.values():
                each.mkdir()
            self.scratch = parts["up"]
            self.shelf = Shelf(parts["models"], settings.max_models)
            self.shelf.fill(settings)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.results = Results(parts["results"], _RESULTS * settings.max_upload)
        self.desk = Desk(settings, self.shelf.first.known)
        self.places = Places(self.desk.size + settings.queue)
        self.counts = Counts()
        self.trainings = Trainings(parts["trainings"], settings, self.desk, self.shelf)
        self.open = False
        self.failure: Exception | None = None

    async def begin(self) -> None:
        """Start the workers; what hinders that is noted, too, for who started the server."""
        try:
            await self.desk.open()
        except Exception as error:
            self.failure = error
            raise
        self.open = True

    async def end(self) -> None:
        """End all that runs, and remove what was kept."""
        self.open = False
        await self.trainings.close()
        await self.desk.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def house_of(request: Request) -> House:
    """Return the house that a request came to."""
    house: House = request.app.state.house
    return house
