"""`photochrom serve`: the page and the API, for this machine or a network."""

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.many import size
from photochrom.cli.options import MODEL
from photochrom.cli.say import say
from photochrom.cli.status import Status
from photochrom.errors import InputMissingError, MissingExtraError

if TYPE_CHECKING:
    from photochrom.web.settings import Settings

_EXTRA = ("fastapi", "uvicorn", "python_multipart", "pydantic", "starlette", "h11")


@click.command()
@click.option("--host", default="127.0.0.1", metavar="H", help="Address to listen at.")
@click.option(
    "--port", default=8000, metavar="P", help="Port to listen at; 0 for any that is free."
)
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    default=(MODEL,),
    metavar="M",
    help="A name that `photochrom model list` shows, or a model file. May be given several times; "
    "the first colours where none is chosen.",
)
@click.option(
    "--models",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Offer all model files of a folder, too.",
)
@click.option(
    "--max-upload", callback=size, default="64M", metavar="M", help="Largest request, such as 64M."
)
@click.option(
    "--max-pixels",
    default=120_000_000,
    metavar="N",
    help="Refuse larger pictures.",
)
@click.option(
    "--max-memory",
    "memory",
    callback=size,
    metavar="M",
    help="Of all workers together. Without it: most of what is free.",
)
@click.option(
    "--workers",
    type=int,
    metavar="N",
    help="Pictures at a time. Without it: as many as cores and memory allow.",
)
@click.option(
    "--queue", default=16, metavar="N", help="Requests that may wait; more are turned away."
)
@click.option("--timeout", "seconds", default=120.0, metavar="S", help="Longest for one request.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file with a secret that visitors must know. Needed beyond this machine.",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="A name by which visitors call the server. May be given several times.",
)
@click.option("--no-training", is_flag=True, help="Let visitors train no models.")
@click.option("--open", "open_", is_flag=True, help="Open the page in a browser.")
def serve(open_: bool, token_file: Path | None, no_training: bool, **options: Any) -> Status:
    """Serve the page that colours pictures, and an API, until Ctrl-C.

    Without options this machine alone can reach it. Pictures are decoded in processes apart, with
    limits; nothing is kept when the server ends.

    \b
    Example:
      photochrom serve --open
      photochrom serve --models my-models/
      photochrom serve --host 0.0.0.0 --token-file secret.txt --allow-host photos.example
    """
    settings = _settings(token_file, no_training, options)
    from photochrom.web.server import serve as run

    def told(address: str) -> None:
        say(f"photochrom: {address} (Ctrl-C ends it)")
        if open_:
            webbrowser.open(address)

    run(settings, told)
    return Status.DONE


def _settings(token_file: Path | None, no_training: bool, options: dict[str, Any]) -> "Settings":
    _check_installed()
    from photochrom.web.settings import Settings

    token = None if token_file is None else _token(token_file)
    allowed = tuple(name.lower() for name in options.pop("allowed"))
    return Settings(token=token, training=not no_training, allowed=allowed, **options)


def _check_installed() -> None:
    from importlib.util import find_spec

    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{missing[0]} is not installed; the server needs: pip install 'photochrom[app]'"
        )


def _token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise InputMissingError(f"the token file {path} cannot be read: {error}") from error
