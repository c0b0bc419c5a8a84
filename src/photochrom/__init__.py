"""photochrom colours black-and-white photographs.

The public names are loaded when first used, so that `import photochrom` stays light. `train`
without options fits the model that ships to a folder; `TrainConfig` is for the small networks. The
options of the others are had from their rooms: `photochrom.training.transfer.config` and
`photochrom.training.general.config`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from photochrom.errors import TRAIN_EXTRA, MissingExtraError

if TYPE_CHECKING:  # for editors and type checkers, which do not run `__getattr__`
    from photochrom.errors import PhotochromError
    from photochrom.evaluation.evaluate import evaluate
    from photochrom.imageio.reading import load_image
    from photochrom.imageio.writing import save_image
    from photochrom.inference.colorizer import Colorizer, colorize
    from photochrom.inference.hints.hint import Hint
    from photochrom.inference.hints.session import Session
    from photochrom.palettes.palette import Palette
    from photochrom.training.config import TrainConfig
    from photochrom.training.train import train

__version__ = "0.1.0"

__all__ = [
    "Colorizer",
    "Hint",
    "Palette",
    "PhotochromError",
    "Session",
    "TrainConfig",
    "__version__",
    "colorize",
    "evaluate",
    "load_image",
    "save_image",
    "train",
]

_HOMES = {
    "Colorizer": "photochrom.inference.colorizer",
    "colorize": "photochrom.inference.colorizer",
    "Hint": "photochrom.inference.hints.hint",
    "Session": "photochrom.inference.hints.session",
    "Palette": "photochrom.palettes.palette",
    "PhotochromError": "photochrom.errors",
    "TrainConfig": "photochrom.training.config",
    "train": "photochrom.training.train",
    "evaluate": "photochrom.evaluation.evaluate",
    "load_image": "photochrom.imageio.reading",
    "save_image": "photochrom.imageio.writing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'photochrom' has no attribute {name!r}")
    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name not in TRAIN_EXTRA:
            raise
        raise MissingExtraError(
            f"photochrom.{name} needs {error.name}; run `pip install 'photochrom[train]'`"
        ) from error


def __dir__() -> list[str]:
    return __all__
