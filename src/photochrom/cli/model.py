"""`photochrom model`: list what ships, and look into a model file."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from photochrom.cli.status import Status

if TYPE_CHECKING:
    from photochrom.modelfile.spec import ModelSpec
    from photochrom.models.packaged import Packaged

_MODEL = click.argument("model_file", type=click.Path(readable=False), metavar="MODEL")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def model() -> None:
    """List the models that ship, and look into a model file.

    MODEL is a name that `list` shows, or a model file.

    \b
    Example:
      photochrom model list
      photochrom model card general
      photochrom model info mine.onnx
      photochrom model verify mine.onnx
    """


@model.command("list")
@_JSON
def list_(as_json: bool) -> Status:
    """List the models that ship with photochrom: name, size, licences, hash, card.

    \b
    Example:
      photochrom model list
      photochrom model list --json
    """
    from photochrom.models.packaged import packaged

    if as_json:
        click.echo(json.dumps([asdict(one) for one in packaged()], indent=1))
    else:
        click.echo("\n\n".join(_entry(one) for one in packaged()))
    return Status.DONE


@model.command()
@click.argument("name", metavar="NAME")
def card(name: str) -> Status:
    """Print the card of a model that ships: training pictures, figures, limits, licences.

    \b
    Example:
      photochrom model card general
    """
    from photochrom.models import packaged

    click.echo(packaged.card(packaged.find(name)).rstrip())
    return Status.DONE


@model.command()
@_MODEL
@_JSON
def info(model_file: str, as_json: bool) -> Status:
    """Say what a model is, what it was trained on, and how well it did.

    \b
    Example:
      photochrom model info general
      photochrom model info mine.onnx --json
    """
    from photochrom.modelfile.file import model_hash, read_model
    from photochrom.storage.models import resolve

    content, spec = read_model(resolve(model_file))
    digest = model_hash(content)
    if as_json:
        click.echo(json.dumps({"sha256": digest, "bytes": len(content), **_plain(spec)}, indent=1))
    else:
        click.echo("\n".join([*_lines(spec, digest, len(content)), *_card_line(model_file)]))
    return Status.DONE


@model.command()
@_MODEL
@_JSON
def verify(model_file: str, as_json: bool) -> Status:
    """Check that a file is a model that is safe to run.

    A model file may hold no external data, no custom operators, and a description that this
    version reads. A file that fails is refused with exit code 1. One that ships must also have the
    hash that it was released with.

    \b
    Example:
      photochrom model verify mine.onnx
    """
    from photochrom.modelfile.file import verify_model
    from photochrom.storage.models import resolve

    found = verify_model(resolve(model_file))
    if as_json:
        plain = {"model": model_file, "sha256": found.hash, "checks": list(found.checks)}
        click.echo(json.dumps(plain, indent=1))
    else:
        click.echo("\n".join(f"ok: {check}" for check in found.checks))
    return Status.DONE


def _entry(one: "Packaged") -> str:
    rows = [
        ("size", f"{one.bytes:,} bytes"),
        ("code", one.code_licence),
        ("weights", one.weights_licence),
        ("card", f"photochrom model card {one.name}"),
        ("sha256", one.sha256),
    ]
    return "\n".join([one.name, *(f"  {name:<9} {value}" for name, value in rows)])


def _card_line(model_file: str) -> list[str]:
    from photochrom.models.packaged import is_packaged

    ships = is_packaged(model_file)
    return [f"{'card':<11} photochrom model card {model_file}"] if ships else []


def _plain(spec: "ModelSpec") -> dict[str, object]:
    plain: dict[str, object] = json.loads(spec.to_json())
    return plain


def _lines(spec: "ModelSpec", digest: str, size: int) -> list[str]:
    colors = "full colour" if spec.palette is None else f"{len(spec.palette)} colours"
    space = "" if spec.palette is None else f" ({spec.palette.space})"
    working = f"{spec.working.short_side} px short side, {spec.working.fit}"
    rows = [
        ("preset", spec.preset),
        ("gives", colors + space),
        ("sees", working if spec.working.fit != "native" else "pictures at their own size"),
        ("decode", f"{spec.decode}, temperature {spec.temperature:g}, gain {spec.gain:g}"),
        ("written by", f"photochrom {spec.version}"),
        ("licence", spec.licence or "not stated"),
        ("size", f"{size:,} bytes"),
        ("sha256", digest),
    ]
    return [f"{name:<11} {value}" for name, value in rows] + _training(spec)


def _training(spec: "ModelSpec") -> list[str]:
    if spec.training is None:
        return ["trained on  not stated"]
    summary = spec.training
    pictures = "1 picture" if summary.pictures == 1 else f"{summary.pictures} pictures"
    judged = f"judged on held-out {summary.held_out}" if summary.metrics else "not judged"
    lines = [f"trained on  {pictures}, {judged}"]
    if summary.chosen is not None:
        lines.append(f"{'chosen':<11} {summary.chosen}")
    for method, values in summary.metrics.items():
        figures = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
        lines.append(f"  {method:<20} {figures}")
    return lines
