"""The kinds of picture that models are trained for, and what is asked for each."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

import photochrom
from photochrom._types import Path
from photochrom.datasets.folder import RUN_SUFFIX, find_split
from photochrom.errors import OptionError
from photochrom.evaluation.combinations import hash_files
from photochrom.modelfile.file import model_hash, read_model
from photochrom.models import packaged
from photochrom.training.config import TrainConfig
from photochrom.training.transfer.config import TransferConfig

Config = TrainConfig | TransferConfig
RECORD = "catalogue.json"
"""In the run folder of each model what the catalogue says of it; in the output folder, of all."""


@dataclass(frozen=True)
class Domain:
    """One kind of picture.

    Attributes
    ----------
    name : of its folder, and so of its model
    folder : of its pictures, absolute
    """

    name: str
    folder: FilePath

    @property
    def model(self) -> str:
        """The name of its model file."""
        return f"{self.name}.onnx"

    @property
    def run(self) -> str:
        """The name of its run folder."""
        return self.name + RUN_SUFFIX


@dataclass(frozen=True)
class Task:
    """One model to train.

    Attributes
    ----------
    domain : the kind of picture
    config : how
    """

    domain: Domain
    config: Config

    def fingerprint(self, models: Sequence[str]) -> str:
        """Return a hash of all that the model and its figures depend on.

        Parameters
        ----------
        models : hashes of `hash_models`

        Raises
        ------
        DatasetError
            If the folder holds no pictures.
        """
        split = find_split(self.domain.folder)
        pictures = [hash_files(split.train), hash_files(split.test)]
        parts = [self.config.to_dict(), *pictures, *models, photochrom.__version__]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def hash_models(config: Config) -> list[str]:
    """Return hashes of the model that is begun with and of the one that is compared with.

    Raises
    ------
    InputMissingError, ModelFileError
        If one cannot be read.
    """
    start = [config.start] if isinstance(config, TransferConfig) else []
    each = dict.fromkeys((*start, packaged.DEFAULT))
    return [model_hash(read_model(packaged.resolve(model))[0]) for model in each]


def find_domains(folders: Sequence[Path]) -> list[Domain]:
    """Name each folder's kind of picture after the folder.

    A folder that is not there is found out when its turn comes.

    Raises
    ------
    OptionError
        If none is given, or two would have one name, letter case aside.
    """
    if not folders:
        raise OptionError("expected at least one folder of pictures, got none")
    found = [_domain(FilePath(folder).resolve()) for folder in folders]
    counts = Counter(one.name.casefold() for one in found)
    twice = [one for one in found if counts[one.name.casefold()] > 1]
    if twice:
        raise OptionError(
            f"{twice[0].folder} and {twice[1].folder} would both be called {twice[1].name}; rename "
            "one, or train them apart"
        )
    return found


def _domain(folder: FilePath) -> Domain:
    if not folder.name:
        raise OptionError(f"expected a folder of pictures with a name, got {folder}")
    # Names of files may hold bytes outside Unicode, which no page and no terminal takes.
    return Domain(folder.name.encode(errors="backslashreplace").decode(), folder)
