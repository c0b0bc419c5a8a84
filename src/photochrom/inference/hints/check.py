"""Which options go with hints, told before any work."""

from typing import TYPE_CHECKING

from photochrom.errors import OptionError
from photochrom.modelfile.spec import Decode

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe

_WITHOUT_LIGHTNESS = ("argmax-rgb", "rgb")


def check_hints(decode: Decode | None, recipe: "Recipe") -> None:
    """Raise `OptionError` where hints clash with other options.

    Parameters
    ----------
    decode : the one that is used
    recipe : what was asked for
    """
    if recipe.hints and decode in _WITHOUT_LIGHTNESS:
        raise OptionError(f"decode {decode!r} gives whole colours; it goes with no hints")
    if recipe.hints_only:
        _check_alone(recipe)


def _check_alone(recipe: "Recipe") -> None:
    """Without the model, what is asked of it would go unheard."""
    if not recipe.hints:
        raise OptionError("hints_only leaves the model out, but there are no hints")
    asked = {
        "decode": recipe.decode is not None,
        "vividness": recipe.vividness is not None,
        "working_size": recipe.working_size is not None,
    }  # and not the palette, whose colours hints may name by their numbers
    unheard = [name for name, is_asked in asked.items() if is_asked]
    if unheard:
        raise OptionError(f"hints_only leaves the model out; leave out {', '.join(unheard)}, too")
