"""The origin's networks: their weight counts, their layers, and the forms they equal."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from photochrom.errors import OptionError
from photochrom.training.dense import DenseNetwork, GrayFromLightness
from photochrom.training.networks import Stack, count_weights
from photochrom.training.presets import PRESETS, RGB_OUTPUTS, find_preset, rounded
from photochrom.training.windows import Scale, Windows, WindowTable

WINDOWED_IS_DENSE = 1e-5  # float32 sums of 245 to 4,500 products in another order
COLLAPSED_IS_EXACT = 1e-5


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def build(name: str, window: int, colors: int, seed: int = 0):
    preset = find_preset(name)
    outputs = RGB_OUTPUTS if preset.kind == "rgb" else colors
    network = preset.build(window, preset.windows(window).inputs, outputs)
    network.reset(torch.Generator().manual_seed(seed))
    for bias in (p for p in network.parameters() if p.ndim == 1):
        bias.data.uniform_(-0.3, 0.3)  # zero biases would hide a wrong order of layers
    return network.eval()


@pytest.mark.parametrize(
    ("name", "window", "colors", "weights"),
    [
        ("origin-dense", 11, 32, 51_182),  # the origin's own summaries, as the design records them
        ("origin-conv-same", 15, 32, 230_272),
        ("origin-conv", 15, 12, 148_252),
        ("origin-dense-small", 11, 32, 121 * 100 + 100 + 100 * 50 + 50 + 50 * 32 + 32),
        ("origin-regression", 11, 0, 121 * 100 + 100 + 100 * 50 + 50 + 50 * 3 + 3),
        (
            "origin-regression-separate",
            11,
            0,
            3 * (121 * 250 + 250 + 250 * 100 + 100 + 100 * 1 + 1),
        ),
        ("origin-regression-conv", 15, 0, 370 + 3_220 + 225 * 20 * 3 + 3),
    ],
)
def test_origin_networks_have_the_weights_their_tables_say(name, window, colors, weights):
    assert count_weights(build(name, window, colors)) == weights


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_convolutions_are_the_sums_that_keras_computes(padding):
    network = build("origin-conv-same" if padding == "same" else "origin-conv", 7, 4)
    window = np.random.default_rng(0).random((7, 7)).astype(np.float32)
    first = [
        correlate2d(np.pad(window, ((2, 3), (2, 3))), kernel[0], "valid") + bias
        for kernel, bias in zip(
            network.first.weight.detach().numpy(), network.first.bias.detach().numpy(), strict=True
        )
    ]
    if padding == "same":
        first = [np.pad(each, ((1, 2), (1, 2))) for each in first]
    second = [
        sum(correlate2d(each, k, "valid") for each, k in zip(first, kernel, strict=True)) + bias
        for kernel, bias in zip(
            network.second.weight.detach().numpy(),
            network.second.bias.detach().numpy(),
            strict=True,
        )
    ]
    flat = np.concatenate([each.ravel() for each in second])
    layers = [(w.detach().numpy(), b.detach().numpy()) for w, b in _layers(network.dense)]
    hidden = np.maximum(layers[0][0] @ flat + layers[0][1], 0)
    expected = layers[1][0] @ hidden + layers[1][1]
    with torch.inference_mode():
        found = network(torch.from_numpy(window.ravel())[None])[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_separate_networks_share_nothing_but_the_window():
    network = build("origin-regression-separate", 5, 0)
    network.biases[-1].data.fill_(5)  # no relu of the output is dead
    window = torch.rand(1, 25)
    for channel in range(3):
        network.zero_grad()
        network(window)[0, channel].backward()
        for weight in network.weights:
            touched = [bool(part.abs().sum() > 0) for part in weight.grad.chunk(3)]
            assert touched == [part == channel for part in range(3)]


@pytest.mark.parametrize("name", ["origin-conv", "origin-conv-same", "origin-regression-conv"])
@pytest.mark.parametrize("window", [5, 11, 15])
def test_collapsed_equals_exact(name, window):
    network = build(name, window, 12)
    windows = torch.rand(64, window * window)
    with torch.inference_mode():
        torch.testing.assert_close(
            network.collapsed()(windows), network(windows), atol=COLLAPSED_IS_EXACT, rtol=1e-5
        )


@pytest.mark.parametrize("name", ["origin-conv", "origin-conv-same"])
def test_any_collapsed_network_can_be_written_as_an_exact_one(name):
    exact = build(name, 9, 12)
    stack = Stack(81, (50, 12), ("relu", "none"))
    windows = torch.rand(32, 81)
    exact.expand(stack)
    with torch.inference_mode():
        torch.testing.assert_close(exact(windows), stack(windows), atol=1e-5, rtol=1e-5)
        again = exact.collapsed()
    torch.testing.assert_close(again.weights[0], stack.weights[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("window", [5, 7, 12])
def test_dense_equals_the_slow_window_loop(name, window):
    window = rounded(window)
    preset = find_preset(name)
    network = build(name, window, 12)
    windows = preset.windows(window)
    convert = preset.convert()
    lightness = torch.rand(19, 23)
    with torch.inference_mode():
        dense = DenseNetwork(convert, windows, network.collapsed()).eval()
        found = dense(lightness[None, None])[0]
        for y, x in [(0, 0), (9, 11), (18, 22), (0, 22), (18, 0), (3, 2)]:
            expected = network(_window_by_hand(convert(lightness), windows, y, x)[None])[0]
            torch.testing.assert_close(found[:, y, x], expected, atol=WINDOWED_IS_DENSE, rtol=0)


def test_gathered_windows_are_those_read_by_hand():
    windows = Windows((Scale(5), Scale(3, 2), Scale(3, 4)), "replicate")
    pictures = [torch.rand(9, 14), torch.rand(12, 7)]
    table = WindowTable(windows, pictures)
    assert len(table) == 9 * 14 + 12 * 7
    numbers = torch.tensor([0, 13, 60, 125, 126, 140, 209])
    found = table.gather(numbers)
    for number, row in zip(numbers.tolist(), found, strict=True):
        index, place = (0, number) if number < 126 else (1, number - 126)
        y, x = divmod(place, pictures[index].shape[1])
        torch.testing.assert_close(row, _window_by_hand(pictures[index], windows, y, x))


def test_a_window_depends_on_nothing_beyond_its_reach():
    windows = Windows((Scale(3), Scale(3, 4)), "replicate")
    picture = torch.zeros(41, 41)
    picture[20, 20] = 1
    table = WindowTable(windows, [picture])
    touched = table.gather(torch.arange(41 * 41)).abs().sum(1).reshape(41, 41) > 0
    rows = touched.any(1).nonzero().flatten()
    assert rows.min() == 20 - windows.reach
    assert rows.max() == 20 + windows.reach


def test_gray_in_the_graph_is_the_gray_of_the_colour_room():
    from photochrom.color import gray

    lightness = np.linspace(0, 1, 1001, dtype=np.float32)
    found = GrayFromLightness()(torch.from_numpy(lightness)).numpy()
    np.testing.assert_allclose(found, gray.from_lightness(lightness * 100), atol=1e-6)


def test_even_windows_are_rounded_down():
    assert [rounded(window) for window in (5, 12, 15)] == [5, 11, 15]


def test_a_window_too_small_for_the_convolutions_is_refused():
    with pytest.raises(OptionError, match="window of 5 or more, got 3"):
        find_preset("origin-conv").build(3, 9, 12)


def test_an_unknown_preset_is_named_with_those_there_are():
    with pytest.raises(OptionError, match=r"no preset 'origin'.*origin-dense.*window"):
        find_preset("origin")


def _layers(stack: Stack):
    return list(zip(stack.weights, stack.biases, strict=True))


def _window_by_hand(plane: torch.Tensor, windows: Windows, y: int, x: int) -> torch.Tensor:
    """Read one pixel's windows value by value, with boxes for the smoothing."""
    height, width = plane.shape

    def value(row: int, column: int) -> float:
        if windows.padding == "zeros":
            inside = 0 <= row < height and 0 <= column < width
            return float(plane[row, column]) if inside else 0.0
        return float(plane[min(max(row, 0), height - 1), min(max(column, 0), width - 1)])

    def smooth(row: int, column: int, box: int) -> float:
        weights = np.convolve(np.ones(box), np.ones(box)) / box**2
        reach = box - 1
        return sum(
            weights[dy + reach] * weights[dx + reach] * value(row + dy, column + dx)
            for dy in range(-reach, reach + 1)
            for dx in range(-reach, reach + 1)
        )

    values = []
    for scale in windows.scales:
        half = scale.size // 2
        for dy in range(-half, half + 1):
            for dx in range(-half, half + 1):
                row, column = y + dy * scale.step, x + dx * scale.step
                box = scale.step | 1
                values.append(value(row, column) if scale.step == 1 else smooth(row, column, box))
    return torch.tensor(values, dtype=torch.float32)
