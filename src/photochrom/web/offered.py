"""Models that a page without a server offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from photochrom._types import Path
from photochrom.inference.provenance import model_name
from photochrom.modelfile.file import model_hash, read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.storage.models import resolve
from photochrom.web.ids import free_id


@dataclass(frozen=True)
class Offered:
    """A model and how the page calls it.

    Attributes
    ----------
    id : letters, digits and dashes; no other model of the page has it
    name : what visitors read
    data : the model file
    hash : its SHA-256, hex
    spec : its description
    """

    id: str
    name: str
    data: bytes
    hash: str
    spec: ModelSpec


def offered(models: Sequence[Path | bytes]) -> list[Offered]:
    """Read models; the same one twice is offered once.

    Raises
    ------
    InputMissingError, ModelFileError, StorageError
        If one is not there or cannot be used.
    """
    found: dict[str, Offered] = {}
    for model in models:
        data, spec = read_model(resolve(model))
        sha256 = model_hash(data)
        name = PurePath(model_name(model, sha256)).stem or sha256[:12]
        taken = {one.id for one in found.values()}
        found.setdefault(sha256, Offered(free_id(name, "model", taken), name, data, sha256, spec))
    return list(found.values())
