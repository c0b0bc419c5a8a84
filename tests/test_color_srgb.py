"""The sRGB transfer function."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import srgb

# What two float32 evaluations of one power differ by, relative.
RELATIVE_FLOAT32 = 2e-6

# Code value to linear light, from the table in CSS Color 4 and IEC 61966-2-1's own formula.
KNOWN = [(0.0, 0.0), (1.0, 1.0), (0.04045, 0.0031308), (0.5, 0.2140411), (0.2, 0.0331048)]


def slowly_decoded(encoded: float) -> float:
    sign, size = (-1.0, -encoded) if encoded < 0 else (1.0, encoded)
    return sign * (size / 12.92 if size <= 0.04045 else ((size + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(("encoded", "linear"), KNOWN)
def test_known_values_decode(encoded: float, linear: float) -> None:
    assert srgb.decode(np.array(encoded)) == pytest.approx(linear, abs=1e-7)
    assert srgb.encode(np.array(linear)) == pytest.approx(encoded, abs=2e-6)


@given(st.floats(-2, 3))
def test_decoding_equals_the_formula_of_the_standard(encoded: float) -> None:
    assert srgb.decode(np.array(encoded)) == pytest.approx(slowly_decoded(encoded), rel=1e-12)


@given(st.floats(-2, 3))
def test_a_round_trip_keeps_values_below_0_and_above_1(encoded: float) -> None:
    # The standard's two toes do not meet exactly: at 0.04045 they are 6e-8 apart.
    assert srgb.encode(srgb.decode(np.array(encoded))) == pytest.approx(encoded, abs=1e-6)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0, 3), (4, 5, 6, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_shape_keeps_its_shape_and_type(shape: tuple[int, ...], dtype: type) -> None:
    values = np.full(shape, 0.5, dtype=dtype)
    for convert in (srgb.decode, srgb.encode):
        assert convert(values).shape == shape
        assert convert(values).dtype == dtype


def test_float32_agrees_with_float64() -> None:
    codes = np.arange(256) / 255
    exact = srgb.decode(codes)
    assert srgb.decode(codes.astype(np.float32)) == pytest.approx(exact, rel=RELATIVE_FLOAT32)


def test_nan_stays_in_its_place() -> None:
    values = np.array([0.2, np.nan, 0.8])
    for convert in (srgb.decode, srgb.encode):
        assert np.isnan(convert(values)).tolist() == [False, True, False]


def test_the_input_is_not_written_to() -> None:
    values = np.array([-0.5, 0.01, 0.5])
    values.flags.writeable = False
    srgb.decode(values)
    srgb.encode(values)
    assert values.tolist() == [-0.5, 0.01, 0.5]
