"""The general network: lightness to palette logits at a quarter of the size.

Oddities:

- No normalization in the decoder. Each block begins as the identity (its last layer is zero), so
  it trains at the same rates; there are no statistics to freeze when a few pictures fine-tune it.
- The whole picture counts: the mean of the coarsest features joins in, so an output depends on
  every pixel and the runtime must not work in tiles.
"""

from torch import Tensor, nn
from torch.nn import functional

from photochrom.modelfile.spec import WorkingSize
from photochrom.training.general.encoder import STRIDE, WIDTHS, Encoder, by_channel

WIDTH = 96  # channels of the decoder
OUTPUT_STRIDE = 4  # px of the picture to one cell of the logits
MULTIPLE = STRIDE
# dE00 on 40 pictures of twelve domains at 144, 160, 192, 224, 256 px, a third through a training:
# 9.66, 9.60, 9.68, 9.96, 9.95; colourfulness 27.9, 29.0, 29.6, 31.0, 30.8.
WORKING = WorkingSize(short_side=160)
_DEPTHS = (1, 1, 2, 2)  # blocks at strides 4, 8, 16, 32: the coarse ones cost next to nothing


class Residual(nn.Module):
    """3 x 3 by channel, widen, narrow; added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.filter = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.widen = nn.Conv2d(width, 2 * width, 1)
        self.narrow = nn.Conv2d(2 * width, width, 1)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)  # type: ignore[arg-type]

    def forward(self, values: Tensor) -> Tensor:
        """(n, width, h, w) -> the same shape."""
        filtered = by_channel(functional.relu(values), self.filter.weight, self.filter.bias)
        found = self.widen(filtered)
        narrowed: Tensor = self.narrow(functional.relu(found))
        return values + narrowed


class Decoder(nn.Module):
    """From coarse to fine: each level adds what its resolution knows."""

    def __init__(self, colors: int, width: int = WIDTH, dropout: float = 0.0) -> None:
        super().__init__()
        self.scene = nn.Linear(WIDTHS[-1], width)
        self.sides = nn.ModuleList(nn.Conv2d(inputs, width, 1) for inputs in WIDTHS)
        self.blocks = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(depth))) for depth in _DEPTHS
        )
        self.dropout = nn.Dropout2d(dropout)
        self.head = nn.Conv2d(width, colors, 1)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features at strides 4 to 32 -> logits (n, colors, h / 4, w / 4)."""
        whole = self.scene(features[-1].mean(dim=(2, 3)))[:, :, None, None]
        values = self.blocks[-1](self.sides[-1](features[-1]) + whole)
        for level in (2, 1, 0):
            values = functional.interpolate(values, scale_factor=2.0, mode="bilinear")
            values = self.blocks[level](self.sides[level](features[level]) + values)
        logits: Tensor = self.head(self.dropout(functional.relu(values)))
        return logits


class GeneralNetwork(nn.Module):
    """L*/100 (n, 1, h, w), sides multiples of 32 -> logits (n, colors, h / 4, w / 4).

    Parameters
    ----------
    colors : of the palette
    skipped : see `Encoder`; in training alone
    dropout : share of the channels that training hides from the last layer
    """

    def __init__(self, colors: int, *, skipped: float = 0.0, dropout: float = 0.0) -> None:
        super().__init__()
        self.encoder = Encoder(skipped)
        self.decoder = Decoder(colors, dropout=dropout)

    def forward(self, lightness: Tensor) -> Tensor:
        """Return logits over the palette."""
        # The encoder knows gray values -1..1; L* is close to sRGB's own curve.
        logits: Tensor = self.decoder(self.encoder(lightness * 2 - 1))
        return logits
