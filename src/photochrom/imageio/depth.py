"""Between code values of 8 and 16 bits."""

import numpy as np

from photochrom._types import Codes, UInt8


def to_eight_bits(codes: Codes) -> UInt8:
    """Round code values of any depth to 8 bits; 8-bit ones come back as they are.

    A table rounds 0..65535 to 0..255 in one pass. libvips would cut off the low byte, which
    darkens by half a code.
    """
    if codes.dtype == np.uint8:
        return codes.astype(np.uint8, copy=False)
    table = ((np.arange(65_536) + 128) // 257).astype(np.uint8)
    eight: UInt8 = table[codes]
    return eight
