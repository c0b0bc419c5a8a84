"""Write `docs/reference/cli.md` from the help texts; a test fails where the page is stale."""

import inspect
from pathlib import Path

import click

from photochrom.cli.main import cli
from photochrom.cli.train_options import sections

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
_INTRO = """# Command line

Made from the help texts by `python tools/cli_page.py`.

The same word means the same for every verb. Results go to stdout and progress to stderr. Exit
codes: 0 done, 1 failed, 2 wrong usage, 3 some inputs failed, 130 interrupted.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([_INTRO, *_sections(cli, ("photochrom",))]).rstrip() + "\n"


def _sections(command: click.Command, path: tuple[str, ...]) -> list[str]:
    parts = [_section(command, path)]
    if isinstance(command, click.Group):
        for name, verb in command.commands.items():
            parts += _sections(verb, (*path, name))
    return parts


def _section(command: click.Command, path: tuple[str, ...]) -> str:
    level = "#" * min(1 + len(path), 4)
    text, _, example = inspect.cleandoc(command.help or "").partition("\b\nExample:\n")
    fence = "\n".join(["```console", inspect.cleandoc(example), "```"])
    head = [f"{level} {' '.join(path)}", "", _usage(command, path), ""]
    return "\n".join([*head, _plain(text.strip()), "", fence, "", *_options(command)])


def _usage(command: click.Command, path: tuple[str, ...]) -> str:
    names = [p.metavar or p.name or "" for p in command.params if isinstance(p, click.Argument)]
    tail = ["COMMAND"] if isinstance(command, click.Group) else ["[OPTIONS]", *names]
    return f"`{' '.join([*path, *tail])}`"


def _options(command: click.Command) -> list[str]:
    lines: list[str] = []
    for title, options in sections(command):
        rows = [f"| {_names(each)} | {_meaning(each)} |" for each in options]
        head = [] if title == "Options" else [f"{title}:", ""]
        lines += [*head, "| option | meaning |", "|---|---|", *rows, ""]
    return lines


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts + option.secondary_opts)
    if isinstance(option.type, click.Choice):
        return f"{names} `{'` or `'.join(map(str, option.type.choices))}`"
    return names if option.metavar is None else f"{names} `{option.metavar}`"


def _meaning(option: click.Option) -> str:
    default = option.default
    shown = isinstance(default, (int, float, str, Path)) and not isinstance(default, bool)
    default_text = f" Default: `{default}`." if shown else ""
    needed = " Needed." if option.required else ""
    return _plain(option.help or "") + needed + default_text


def _plain(text: str) -> str:
    """Keep `a*b*` and bars from being read as marks."""
    return text.replace("*", "\\*").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
