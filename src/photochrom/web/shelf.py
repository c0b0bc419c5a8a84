"""The models of a server: those it started with, and those that visitors brought or trained."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from threading import Lock

from photochrom._files import write_bytes
from photochrom.errors import InputMissingError
from photochrom.inference.provenance import model_name
from photochrom.modelfile.file import model_hash, read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.storage.models import resolve
from photochrom.web.ids import free_id
from photochrom.web.problem import Problem
from photochrom.web.settings import Settings
from photochrom.web.tasks import Known


@dataclass(frozen=True)
class Model:
    """A model that is kept.

    Attributes
    ----------
    id : by which requests name it
    known : its file
    spec : its description
    size : bytes
    fixed : whether it is the server's own
    """

    id: str
    known: Known
    spec: ModelSpec
    size: int
    fixed: bool


class Shelf:
    """Keeps models as files of the server's own, which end with it; for several threads.

    Parameters
    ----------
    folder : for the files
    most : models that visitors may add
    """

    def __init__(self, folder: FilePath, most: int) -> None:
        self._folder, self._most = folder, most
        self._models: dict[str, Model] = {}
        self._given: set[str] = set()  # ids: none is given twice, or a page would use another model
        self._held = False
        self._lock = Lock()  # models of equal bytes share a file: none goes while the other comes

    def fill(self, settings: Settings) -> None:
        """Read the models that the server starts with.

        Raises
        ------
        InputMissingError, ModelFileError
            If one cannot be read.
        """
        listed: Iterable[FilePath | str] = settings.models
        if settings.folder is not None:
            if not settings.folder.is_dir():
                raise InputMissingError(f"there is no folder {settings.folder} of models")
            listed = [*listed, *sorted(settings.folder.glob("*.onnx"))]
        for each in listed:
            data, spec = read_model(resolve(each))
            sha256 = model_hash(data)
            self._keep(data, spec, model_name(each, sha256), fixed=True)

    @property
    def first(self) -> Model:
        """The one that colours when none is named."""
        return next(iter(self._models.values()))

    def all(self) -> list[Model]:
        """Return all, the server's own first."""
        return list(self._models.values())

    def find(self, name: str | None) -> Model:
        """Return a model.

        Raises
        ------
        Problem
            If there is none of that id.
        """
        if name is None:
            return self.first
        try:
            return self._models[name]
        except KeyError:
            there = ", ".join(self._models)
            raise Problem(
                "model-unknown", f"no model is called {name!r:.80}; there is: {there}"
            ) from None

    def room(self) -> None:
        """Raise `Problem` where no more may be added."""
        if self._held + sum(not each.fixed for each in self.all()) >= self._most:
            raise Problem("models-full", f"the server keeps {self._most} models of visitors")

    def hold(self) -> None:
        """Keep a place for the model of a training, of which there is one at a time.

        Raises
        ------
        Problem
            If there is no more room.
        """
        with self._lock:
            self.room()
            self._held = True

    def let_go(self) -> None:
        """Keep no place any more."""
        self._held = False

    def add(self, data: bytes, name: str, *, held: bool = False) -> Model:
        """Keep a model that a visitor brought; the same once more is the one that is there.

        Parameters
        ----------
        held : take the place that was kept

        Raises
        ------
        Problem
            If there is no more room.
        ModelFileError
            If it is none.
        """
        checked, spec = read_model(data)
        sha256 = model_hash(checked)
        with self._lock:
            for each in self._models.values():
                if each.known.hash == sha256:
                    return each
            if not held:
                self.room()
            return self._keep(checked, spec, name or model_name(data, sha256), fixed=False)

    def remove(self, name: str) -> None:
        """Remove a visitor's model.

        Raises
        ------
        Problem
            If there is none, or it is the server's own.
        """
        with self._lock:
            model = self.find(name)
            if model.fixed:
                raise Problem("model-fixed", f"{model.id} came with the server")
            del self._models[model.id]
            FilePath(model.known.path).unlink(missing_ok=True)

    def _keep(self, data: bytes, spec: ModelSpec, name: str, *, fixed: bool) -> Model:
        sha256 = model_hash(data)
        path = self._folder / f"{sha256}.onnx"
        write_bytes(data, path, overwrite=True)
        id_ = free_id(FilePath(name).stem, sha256[:12], self._given)
        self._given.add(id_)
        model = Model(id_, Known(str(path), name, sha256), spec, len(data), fixed)
        self._models[id_] = model
        return model
