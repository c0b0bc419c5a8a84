"""Which options go with references and with chroma taken over, told before any work."""

from typing import TYPE_CHECKING

from photochrom.errors import OptionError
from photochrom.modelfile.spec import Decode, ModelSpec

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe


def check_references(spec: ModelSpec, decode: Decode | None, recipe: "Recipe") -> None:
    """Raise `OptionError` where references, or a coloured version, clash with other options."""
    if recipe.references:
        _check_steering(spec, decode, recipe)
    if recipe.chroma_from is not None:
        _check_version(recipe)


def _check_steering(spec: ModelSpec, decode: Decode | None, recipe: "Recipe") -> None:
    if spec.palette is None:
        raise OptionError("references need a palette model; this one predicts colours directly")
    if decode == "argmax-rgb":
        raise OptionError("references keep the lightness; they go with no decode 'argmax-rgb'")
    if recipe.hints_only:
        raise OptionError("hints_only leaves the model out, and the references with it")
    if recipe.alternative is not None:
        raise OptionError(
            "alternatives are answers that the model thinks of and references say which is wanted; "
            "take one of them"
        )
    if recipe.chroma_from is not None:
        raise OptionError(
            "chroma_from gives the whole picture its colours and leaves nothing to references; "
            "take one of them"
        )


def _check_version(recipe: "Recipe") -> None:
    """A coloured version needs no model: what is asked of the model would go unheard."""
    asked = {
        "decode": recipe.decode is not None,
        "working_size": recipe.working_size is not None,
        "alternative": recipe.alternative is not None,
        "hints_only": recipe.hints_only,
    }
    clashing = [name for name, is_asked in asked.items() if is_asked]
    if clashing:
        raise OptionError(
            f"chroma_from takes colours over without the model; leave out {', '.join(clashing)}"
        )
