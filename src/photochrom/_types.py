"""Array types by meaning. Shapes are `h w c` outside networks, `n c h w` inside them."""

from os import PathLike
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
"""Any floating-point array; functions keep its dtype."""

Float32: TypeAlias = npt.NDArray[np.float32]
Float64: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.intp]
"""Indices into a palette."""

Mask: TypeAlias = npt.NDArray[np.bool_]
UInt8: TypeAlias = npt.NDArray[np.uint8]
UInt16: TypeAlias = npt.NDArray[np.uint16]
Codes: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""Picture code values as they stand in a file, 8 or 16 bit."""

Path: TypeAlias = str | PathLike[str]
