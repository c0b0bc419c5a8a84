"""photochrom colours black-and-white photographs.

The public names are loaded when first used, so that `import photochrom` stays light.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Colorizer": "photochrom.inference.colorizer",
    "colorize": "photochrom.inference.colorizer",
    "Palette": "photochrom.palettes.palette",
    "PhotochromError": "photochrom.errors",
    "TrainConfig": "photochrom.training.config",
    "train": "photochrom.training.train",
    "evaluate": "photochrom.evaluation.evaluate",
    "load_image": "photochrom.imageio.reading",
    "save_image": "photochrom.imageio.writing",
}

__all__ = [
    "Colorizer",
    "Palette",
    "PhotochromError",
    "TrainConfig",
    "__version__",
    "colorize",
    "evaluate",
    "load_image",
    "save_image",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'photochrom' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
