"""Every network by name. A preset states what differs from the defaults of `Preset`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from torch import nn

from photochrom.datasets.augment import Augmentation
from photochrom.errors import OptionError
from photochrom.modelfile.spec import Kind, WorkingSize
from photochrom.palettes.palette import Space
from photochrom.training.config import PaletteFrom
from photochrom.training.dense import GrayFromLightness
from photochrom.training.networks import Activation, OriginConvolution, Stack
from photochrom.training.windows import Padding, Scale, Windows

Network: TypeAlias = Stack | OriginConvolution
RGB_OUTPUTS = 3
ORIGIN_SIZE = WorkingSize(short_side=200, fit="square")


@dataclass(frozen=True)
class Preset:
    """A network and how it is trained if nothing else is said.

    Attributes
    ----------
    build : (window in px, inputs, outputs) -> a fresh network
    kind : "palette" for a classifier, "rgb" for a regression network
    plane : the input: "gray" is encoded luma as in the origin, "lightness" is L*/100
    scales : window in px -> the grids of samples
    window, colors : defaults of the options
    space, palette_from : how the palette is fitted
    soft_labels : whether a pixel is spread over near colours or given to the nearest alone
    working : the size at which it sees pictures
    steps, learning_rate, batch : of the fast recipe; None leaves the recipe's own
    """

    build: Callable[[int, int, int], Network]
    kind: Kind = "palette"
    plane: Literal["gray", "lightness"] = "gray"
    padding: Padding = "zeros"
    scales: Callable[[int], tuple[Scale, ...]] = lambda window: (Scale(window),)
    window: int = 11
    colors: int = 32
    space: Space = "srgb"
    palette_from: PaletteFrom = "first"
    soft_labels: bool = False
    working: WorkingSize = ORIGIN_SIZE
    steps: int = 2000
    learning_rate: float | None = None
    batch: int | None = None
    augmentation: Augmentation | None = None
    refit: bool = False

    def convert(self) -> nn.Module:
        """Return what turns L*/100 into the network's input plane."""
        return GrayFromLightness() if self.plane == "gray" else nn.Identity()

    def windows(self, window: int) -> Windows:
        """Return the windows of a network of that window."""
        return Windows(self.scales(window), self.padding)


def rounded(window: int) -> int:
    """Return an odd window: an even one is rounded down, as the origin did with 12."""
    return window - 1 + window % 2


def find_preset(name: str) -> Preset:
    """Return a preset by name; an unknown one raises `OptionError` with the names there are."""
    if name in _ELSEWHERE:
        raise OptionError(
            f"{name!r} is not one of the small networks ({', '.join(sorted(PRESETS))}), which "
            f"TrainConfig and sweeps are about; it has options of its own: {_ELSEWHERE[name]}"
        )
    if name not in PRESETS:
        names = ", ".join(sorted([*PRESETS, *_ELSEWHERE]))
        raise OptionError(f"no preset {name!r}; there are {names}")
    return PRESETS[name]


def _dense(
    sizes: tuple[int, ...], activations: tuple[Activation, ...], groups: int = 1
) -> Callable[[int, int, int], Network]:
    def build(_window: int, inputs: int, outputs: int) -> Network:
        return Stack(inputs, (*sizes, outputs), activations, groups=groups)

    return build


def _convolution(
    padding: Literal["same", "valid"],
    sizes: tuple[int, ...],
    activations: tuple[Activation, ...],
) -> Callable[[int, int, int], Network]:
    def build(window: int, _inputs: int, outputs: int) -> Network:
        if window < 5:
            raise OptionError(f"the origin's convolutions need a window of 5 or more, got {window}")
        return OriginConvolution(window, padding, (*sizes, outputs), activations)

    return build


# Fine detail where the pixel is, context at half the detail and twice the reach each time. A fourth
# and fifth scale over-fit small sets: see docs/log.md.
def _pyramid(window: int) -> tuple[Scale, ...]:
    return tuple(Scale(window, step) for step in (1, 2, 4))


# At the classifiers' rate of 0.01 some of the three relu outputs die within a few steps.
_regression = partial(Preset, kind="rgb", learning_rate=2e-3)

# Trained in rooms of their own, and told apart by the class of their options.
_ELSEWHERE = {
    "general": "photochrom.training.general.config.GeneralConfig",
    "transfer": "photochrom.training.transfer.config.TransferConfig",
}
PRESETS: dict[str, Preset] = {
    "origin-regression": _regression(_dense((100, 50), ("sigmoid", "relu", "relu"))),
    "origin-regression-separate": _regression(
        _dense((750, 300), ("relu", "relu", "relu"), groups=RGB_OUTPUTS)
    ),
    "origin-regression-conv": _regression(_convolution("same", (), ("relu",)), window=15),
    "origin-dense": Preset(_dense((200, 100, 50), ("sigmoid", "sigmoid", "relu", "none"))),
    "origin-dense-small": Preset(_dense((100, 50), ("sigmoid", "relu", "none"))),
    "origin-conv": Preset(_convolution("valid", (50,), ("relu", "none")), window=15),
    "origin-conv-same": Preset(_convolution("same", (50,), ("relu", "none")), window=15),
    "window": Preset(
        lambda _window, inputs, outputs: Stack(
            inputs, (256, 256, outputs), ("relu", "relu", "none"), dropout=0.4
        ),
        plane="lightness",
        padding="replicate",
        scales=_pyramid,
        window=7,
        space="chroma",
        palette_from="all",
        soft_labels=True,
        working=WorkingSize(short_side=160),
        steps=400,
        learning_rate=3e-3,
        batch=2048,
        augmentation=Augmentation(flip=True),
        refit=True,
    ),
}
