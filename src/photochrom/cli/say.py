"""What is said to a person, on stderr or a terminal: in print that can do no harm.

Names of files may hold anything, also the codes by which a terminal moves its cursor, takes a
title, or writes to the clipboard.
"""

import os
import sys

import click


def say(sentence: str) -> None:
    """Print a sentence, or some lines, on stderr."""
    click.echo(printable(sentence), err=True)


def tell(name: str) -> None:
    """Print a name on stdout: byte by byte as it is, unless a terminal shows it."""
    click.echo(printable(name) if sys.stdout.isatty() else os.fsencode(name))


def printable(text: str) -> str:
    """Return text with its control characters, and what is no text, written out."""
    return "".join(each if each.isprintable() or each == "\n" else _code(each) for each in text)


def _code(character: str) -> str:
    return ascii(character)[1:-1]
