"""`photochrom train-many`: a model for each folder, and a catalogue of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.many import ENGINES
from photochrom.cli.places import LOCAL
from photochrom.cli.progress import Counter
from photochrom.cli.say import say
from photochrom.cli.status import Status, of_batch
from photochrom.errors import TRAIN_EXTRA, MissingExtraError, OptionError

if TYPE_CHECKING:
    from photochrom.domains.domain import Config
    from photochrom.domains.engine import Engine
    from photochrom.domains.entry import Entry, Failure
    from photochrom.domains.job import Watching


@click.command("train-many")
@click.argument("folders", type=LOCAL, nargs=-1, required=True, metavar="FOLDER...")
@click.option("-o", "--output", type=LOCAL, required=True, metavar="OUT_FOLDER",
              help="Folder for NAME.onnx of each FOLDER, their run folders, index.html and "
              "catalogue.json.")  # fmt: skip
@click.option("-p", "--preset", default="transfer", metavar="P",
              help="transfer, without it, or a small network, as for `train`.")  # fmt: skip
@click.option("--seconds", type=float, metavar="S", help="Train each for about so long.")
@click.option("--steps", type=int, metavar="N", help="Train each for so many steps.")
@click.option("--seed", type=int, default=0, metavar="N",
              help="Same seed and number of steps, same models on one machine.")  # fmt: skip
@click.option("--start", metavar="MODEL",
              help="The general model to begin with, a file or a name of `model list`. Without "
              "it: the one that ships.")  # fmt: skip
@click.option("--device", metavar="D", help="cpu, or cuda for a transfer. Without it: cpu.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N",
              help="Models trained side by side; on one machine they share its cores, and with "
              "--seconds each learns less. Without it: one on each machine.")  # fmt: skip
@click.option("--engine", type=click.Choice(ENGINES), default="local",
              help="local: this machine. ray: a Ray cluster, `pip install 'photochrom[cluster]'`, "
              "whose machines all see the FOLDERs.")  # fmt: skip
@click.option("--address", metavar="A",
              help="Of the Ray cluster, such as 10.0.0.5:6379, or auto on one of its machines. "
              "Without it Ray is started on this one.")  # fmt: skip
@click.option("--force", is_flag=True,
              help="Train also what is up to date, and replace files of other origin.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON.")
def train_many(
    folders: tuple[Path, ...],
    output: Path,
    preset: str,
    workers: int | None,
    engine: str,
    address: str | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> Status:
    """Train one model for each FOLDER, and write a catalogue page of all.

    Each FOLDER holds pictures of one kind, and its name becomes the model's. One with train/ and
    test/ is learned from train/ alone and judged on test/, beside the general model and trivial
    guesses. One that fails stops no other. The next run trains only what is missing, failed or
    changed; models of earlier runs stay in the catalogue.

    \b
    Example:
      photochrom train-many beach/ forest/ cats/ -o models/ --seconds 60
      photochrom train-many domains/* -o models/ --engine ray --address auto
    """
    config = _config(preset, options)
    chosen = _engine(engine, workers, address, gpu=config_device(config) != "cpu")
    from photochrom.domains import words
    from photochrom.domains.job import train_many as train

    try:
        with Counter("training", None) as counter:
            watching = _watching(counter)
            found = train(folders, output, config, chosen, force=force, watching=watching)
    except KeyboardInterrupt:
        say(
            f"photochrom: interrupted; finished models are kept in {output}, and the same command "
            "goes on from there",
        )
        return Status.INTERRUPTED
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=1))
    else:
        click.echo(words.table(found.entries, found.failures))
    say(f"the page is {found.page}")
    return of_batch(len(found.failures), len(folders))


def _config(preset: str, options: dict[str, Any]) -> "Config":
    from photochrom.training.config import TrainConfig
    from photochrom.training.transfer.config import TransferConfig

    given = {name: value for name, value in options.items() if value is not None}
    if preset == "transfer":
        return TransferConfig(**given)
    if preset == "general":
        raise OptionError("--preset general: it learns all kinds of picture at once; use `train`")
    for name in ("start", "device"):
        if name in given:
            raise OptionError(f"--{name} is for --preset transfer; {preset} has no such option")
    return TrainConfig(preset=preset, **given)


def config_device(config: "Config") -> str:
    """Return the device that a config asks for; the small networks have the CPU alone."""
    return getattr(config, "device", "cpu")


def _engine(name: str, workers: int | None, address: str | None, *, gpu: bool) -> "Engine":
    from importlib.util import find_spec

    missing = [extra for extra in TRAIN_EXTRA if find_spec(extra) is None]
    if missing:
        raise MissingExtraError(
            f"{missing[0]} is not installed; training needs: pip install 'photochrom[train]'"
        )
    if name == "ray":
        from photochrom.cluster.domains import RayEngine

        return RayEngine(workers, address, gpu=gpu)
    if address is not None:
        raise OptionError("--address is that of a Ray cluster; give --engine ray, too")
    from photochrom.domains.local import LocalEngine

    return LocalEngine(workers or 1)


def _watching(counter: Counter) -> "Watching":
    """Return what shows how it goes; the counter counts those that are trained."""
    from photochrom.domains import words
    from photochrom.domains.entry import Failure
    from photochrom.domains.job import Watching

    total = done = 0

    def planned(count: int, todo: int) -> None:
        nonlocal total
        total = todo
        if todo < count:
            counter.note(f"{count - todo} of {count} are up to date, or cannot be trained")

    def started(name: str) -> None:
        nonlocal done
        counter.show(done, total, name)
        done += 1

    def ended(one: "Entry | Failure") -> None:
        said = f"failed: {one.reason}" if isinstance(one, Failure) else words.verdict(one)
        counter.note(f"{one.name}: {said}")

    return Watching(planned, started, ended)
