"""Train what is missing, failed or changed, and write the catalogue of all."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path as FilePath
from typing import Any

import photochrom
from photochrom._files import write_bytes, write_error
from photochrom._types import Path
from photochrom.batch.lock import locked
from photochrom.batch.shard import Shard
from photochrom.datasets.folder import RUN_SUFFIX
from photochrom.domains import page
from photochrom.domains.domain import RECORD, Config, Domain, Task, find_domains, hash_models
from photochrom.domains.engine import Ended, Engine, Planned
from photochrom.domains.entry import Entry, Failure, read_entry
from photochrom.errors import ClusterError, DatasetError, OptionError, OutputExistsError, WriteError

PAGE = "index.html"
FORMAT = 1
_SCRATCH = ".photochrom/training"


@dataclass(frozen=True)
class Catalogue:
    """What there is after a run.

    Attributes
    ----------
    entries : of all models in the folder, also of earlier runs, the most useful first
    failures : of this run
    trained, kept : names of those of this run that were trained, or were up to date
    page : the catalogue's path
    """

    entries: tuple[Entry, ...]
    failures: tuple[Failure, ...]
    trained: tuple[str, ...]
    kept: tuple[str, ...]
    page: FilePath

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "format": FORMAT,
            "version": photochrom.__version__,
            "domains": [entry.to_dict() for entry in self.entries],
            "failed": [asdict(failure) for failure in self.failures],
        }


@dataclass
class Watching:
    """What is told while the work goes on.

    Attributes
    ----------
    planned : called with how many there are, and how many of them must be trained
    started : called with each name that is begun
    ended : called with the entry or the failure of each that ended
    """

    planned: Callable[[int, int], None] = lambda total, todo: None
    started: Callable[[str], None] = lambda name: None
    ended: Callable[[Entry | Failure], None] = lambda one: None


def train_many(
    folders: Sequence[Path],
    out: Path,
    config: Config,
    engine: Engine,
    *,
    force: bool = False,
    watching: Watching | None = None,
) -> Catalogue:
    """Train one model for each folder and write a catalogue page; one that fails stops no other.

    Parameters
    ----------
    folders : each of one kind of picture, or with `train/` and `test/`; then `test/` judges
    out : folder for `NAME.onnx`, `NAME.run/`, `index.html` and `catalogue.json`
    config : how every model is trained
    engine : where
    force : train also what is up to date, and replace what this did not write
    watching : is told how it goes

    Raises
    ------
    OptionError
        If no folder is given or two have one name.
    OutputExistsError
        If the output folder holds a page or a model that this did not write.
    WriteError
        If results cannot be written.
    LockedError
        If another run is at work on the same folder.
    ClusterError, MissingExtraError
        If the engine is a cluster that cannot be used.
    KeyboardInterrupt
        After all under way was ended, and the catalogue of what is done was written.
    """
    domains, target = find_domains(folders), FilePath(out)
    _check_apart(domains, target)
    _make(target)
    with locked(str(target), Shard()):
        job = _Job(target, config, watching or Watching())
        if not force:
            job.check_free(domains)
        try:
            job.run(domains, engine, force=force)
        except (KeyboardInterrupt, ClusterError):
            if job.trained or job.kept:
                job.write()
            raise
        return job.write()


@dataclass
class _Job:
    """One run: what is known so far."""

    target: FilePath
    config: Config
    watching: Watching
    failures: list[Failure] = field(default_factory=list)
    trained: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def check_free(self, domains: Sequence[Domain]) -> None:
        """Refuse to replace what no earlier run wrote."""
        unknown = [one for one in domains if self._known(one) is None]
        places = [self.target / name for one in unknown for name in (one.model, one.run)]
        foreign = [place for place in places if place.exists()]
        if (self.target / PAGE).exists() and not (self.target / RECORD).exists():
            foreign.append(self.target / PAGE)
        if foreign:
            raise OutputExistsError(
                f"{foreign[0]} exists already and is not of such a run; choose another folder, or "
                "overwrite it (--force)"
            )

    def run(self, domains: Sequence[Domain], engine: Engine, *, force: bool) -> None:
        """Train what must be, and put each result in its place as soon as it is there."""
        models = hash_models(self.config)
        planned = [self._plan(one, models, force=force) for one in domains]
        todo = [one for one in planned if one is not None]
        self.watching.planned(len(domains), len(todo))
        for failure in self.failures:
            self.watching.ended(failure)
        if not todo:
            return
        with (
            _scratch(self.target) as scratch,
            closing(engine(todo, scratch, self.watching.started)) as ending,
        ):
            for ended in ending:
                self._take(ended)

    def write(self) -> Catalogue:
        """Write the catalogue of all that is in the folder."""
        entries = [found[0] for path in self.target.glob(f"*{RUN_SUFFIX}/{RECORD}")
                   if (found := _read(path)) and self._is_whole(found[0])]  # fmt: skip
        entries.sort(key=lambda entry: (-entry.gain, entry.name))
        catalogue = Catalogue(
            tuple(entries), tuple(self.failures), tuple(self.trained), tuple(self.kept),
            self.target / PAGE,
        )  # fmt: skip
        plain = json.dumps(catalogue.to_dict(), indent=1, allow_nan=False)
        write_bytes(plain.encode(errors="replace"), self.target / RECORD, overwrite=True)
        text = page.page(catalogue.entries, catalogue.failures, self._sample)
        write_bytes(text.encode(errors="replace"), catalogue.page, overwrite=True)
        return catalogue

    def _plan(self, domain: Domain, models: Sequence[str], *, force: bool) -> Planned | None:
        """Return what must be trained; None where it is up to date, or cannot be."""
        task = Task(domain, self.config)
        try:
            fingerprint = task.fingerprint(models)
        except DatasetError as error:
            self.failures.append(Failure(domain.name, str(domain.folder), str(error)))
            return None
        known = self._known(domain)
        if not force and known is not None and known[1] == fingerprint and self._is_whole(known[0]):
            self.kept.append(domain.name)
            return None
        return Planned(task, fingerprint)

    def _take(self, ended: Ended) -> None:
        domain = ended.task.domain
        if ended.fatal:
            raise WriteError(ended.reason or f"cannot write to {self.target}")
        known = None if ended.reason else _read(ended.place / domain.run / RECORD)
        if known is None:
            reason = ended.reason or "its process left no result"
            failure = Failure(domain.name, str(domain.folder), reason)
            self.failures.append(failure)
            self.watching.ended(failure)
            return
        _move(ended.place, self.target, domain)
        self.trained.append(domain.name)
        self.watching.ended(known[0])

    def _known(self, domain: Domain) -> tuple[Entry, str] | None:
        return _read(self.target / domain.run / RECORD)

    def _is_whole(self, entry: Entry) -> bool:
        """Whether the model that an entry speaks of is there."""
        try:
            with (self.target / f"{entry.name}.onnx").open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
        except OSError:
            return False

    def _sample(self, entry: Entry, file: str) -> bytes | None:
        with suppress(OSError):
            return (self.target / (entry.name + RUN_SUFFIX) / file).read_bytes()
        return None


def _read(path: FilePath) -> tuple[Entry, str] | None:
    try:
        return read_entry(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _check_apart(domains: Sequence[Domain], target: FilePath) -> None:
    """Keep results out of the folders that are learned from."""
    for one in domains:
        if target.resolve().is_relative_to(one.folder):
            raise OptionError(
                f"{target} lies in {one.folder}, whose pictures are learned from; choose another "
                "folder for the results"
            )


def _make(target: FilePath) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(f"cannot make the folder {target}", error) from error


@contextmanager
def _scratch(target: FilePath) -> Iterator[FilePath]:
    """Make a folder for what is under way, on the same disk; whatever was left in it goes."""
    scratch = target / _SCRATCH
    try:
        shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
        scratch.mkdir(parents=True)
    except OSError as error:
        raise write_error(f"cannot make the folder {scratch}", error) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _move(place: FilePath, target: FilePath, domain: Domain) -> None:
    """Put a result in its place; the model comes last, and its entry knows its hash."""
    run, model = target / domain.run, target / domain.model
    try:
        if run.exists():
            run.replace(place / "before")
        (place / domain.run).replace(run)
        (place / domain.model).replace(model)
    except OSError as error:
        raise write_error(f"cannot write {model}", error) from error
