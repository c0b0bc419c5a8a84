"""The encoder of the general network: against the same network written another way."""

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from general import network
from photochrom.errors import ModelFileError
from photochrom.training.general.encoder import (
    LEVELS,
    STAGES,
    WIDTHS,
    ConvNorm,
    Encoder,
    InvertedResidual,
    by_channel,
    load_backbone,
    skip,
)
from photochrom.training.general.folding import folded, unfolded
from photochrom.training.general.network import GeneralNetwork

FOLDER = os.environ.get("PHOTOCHROM_DATA")
BACKBONE = Path(FOLDER or "") / "../backbones/efficientnet_lite0.pth"

NORM = (
    ("weight", 0.8, 1.2), ("bias", -0.2, 0.2), ("running_mean", -0.2, 0.2),
    ("running_var", 0.6, 1.4),
)  # fmt: skip


def timm_like(seed: int = 0) -> dict[str, Tensor]:
    """Weights under timm's names, RGB stem included, with lively norms."""
    source = torch.Generator().manual_seed(seed)
    found: dict[str, Tensor] = {}

    def layer(weight: str, norm: str, *shape: int) -> None:
        spread = (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        found[f"{weight}.weight"] = spread * torch.randn(shape, generator=source)
        for name, low, high in NORM:
            found[f"{norm}.{name}"] = low + (high - low) * torch.rand(shape[0], generator=source)

    layer("conv_stem", "bn1", 32, 3, 3, 3)
    inputs = 32
    for number, stage in enumerate(STAGES):
        for index in range(stage.repeats):
            at, wide = f"blocks.{number}.{index}", inputs * stage.expansion
            depthwise = (wide, 1, stage.kernel, stage.kernel)
            if number == 0:
                layer(f"{at}.conv_dw", f"{at}.bn1", *depthwise)
                layer(f"{at}.conv_pw", f"{at}.bn2", stage.channels, wide, 1, 1)
            else:
                layer(f"{at}.conv_pw", f"{at}.bn1", wide, inputs, 1, 1)
                layer(f"{at}.conv_dw", f"{at}.bn2", *depthwise)
                layer(f"{at}.conv_pwl", f"{at}.bn3", stage.channels, wide, 1, 1)
            inputs = stage.channels
    return found


def same_padding(values: Tensor, kernel: int, stride: int) -> Tensor:
    """TensorFlow's rule, as its documentation has it; any odd pixel goes right and below."""
    pads = []
    for length in (values.shape[3], values.shape[2]):
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        pads += [total // 2, total - total // 2]
    return functional.pad(values, pads)


def plainly(weights: dict[str, Tensor], rgb: Tensor) -> list[Tensor]:
    """EfficientNet-Lite0 with batch norm as a module in eval mode and explicit padding."""

    def apply(values: Tensor, weight: str, norm: str, stride: int = 1) -> Tensor:
        kernel = weights[f"{weight}.weight"]
        batch_norm = nn.BatchNorm2d(len(kernel), eps=1e-3).eval()
        batch_norm.load_state_dict(
            {n: weights[f"{norm}.{n}"] for n in ("weight", "bias", "running_mean", "running_var")},
            strict=False,
        )
        groups = values.shape[1] // kernel.shape[1]
        padded = same_padding(values, kernel.shape[2], stride)
        return batch_norm(functional.conv2d(padded, kernel, stride=stride, groups=groups))

    def relu6(values: Tensor) -> Tensor:
        return values.clamp(0, 6)

    values = relu6(apply(rgb, "conv_stem", "bn1", 2))
    features = []
    for number, stage in enumerate(STAGES):
        for index in range(stage.repeats):
            at, before = f"blocks.{number}.{index}", values
            stride = stage.stride if index == 0 else 1
            if number > 0:
                values = relu6(apply(values, f"{at}.conv_pw", f"{at}.bn1"))
            first, second = ("bn1", "bn2") if number == 0 else ("bn2", "bn3")
            last = "conv_pw" if number == 0 else "conv_pwl"
            values = relu6(apply(values, f"{at}.conv_dw", f"{at}.{first}", stride))
            values = apply(values, f"{at}.{last}", f"{at}.{second}")
            if stride == 1 and before.shape == values.shape:
                values = values + before
        if number in LEVELS:
            features.append(values)
    return features


@torch.no_grad()
def test_the_encoder_equals_a_plain_one_of_three_equal_channels(tmp_path: Path) -> None:
    weights = timm_like()
    torch.save(weights, tmp_path / "net.pth")
    encoder = Encoder()
    load_backbone(encoder, tmp_path / "net.pth")
    gray = torch.rand(2, 1, 64, 96, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found, wanted = encoder(gray), plainly(weights, gray.repeat(1, 3, 1, 1))
    assert [f.shape[1] for f in found] == list(WIDTHS)
    assert [64 // f.shape[2] for f in found] == [4, 8, 16, 32]
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4 * float(theirs.std()))


@torch.no_grad()
def test_folded_norms_compute_the_same() -> None:
    made = network()
    lightness = torch.rand(1, 1, 64, 32, generator=torch.Generator().manual_seed(1))
    once = folded(made)
    torch.testing.assert_close(once(lightness), made(lightness), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(folded(once)(lightness), once(lightness))
    assert not any("running" in name for name in once.state_dict())


@torch.no_grad()
def test_norms_put_back_compute_the_same_with_kernels_of_one_size() -> None:
    plain = folded(network())
    lightness = torch.rand(1, 1, 64, 32, generator=torch.Generator().manual_seed(1))
    scaled = unfolded(plain)
    torch.testing.assert_close(scaled(lightness), plain(lightness), rtol=1e-4, atol=1e-4)
    names = {name for name, _ in network().named_parameters()}
    assert names == {name for name, _ in scaled.named_parameters()}
    for layer in scaled.encoder.modules():
        if isinstance(layer, ConvNorm):
            sizes = layer.weight.flatten(1).norm(dim=1)
            torch.testing.assert_close(sizes, torch.ones_like(sizes))


@torch.no_grad()
def test_a_kernel_of_nothing_stays_nothing() -> None:
    plain = folded(network())
    plain.encoder.stem.weight[3] = 0
    scaled = unfolded(plain)
    assert torch.isfinite(scaled(torch.rand(1, 1, 32, 32))).all()
    assert not folded(scaled).encoder.stem.weight[3].any()


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(5, 1, 2), (5, 2, 0), (3, 1, 1)])
def test_a_convolution_by_channel_keeps_32_bits_amid_16(
    kernel: int, stride: int, padding: int
) -> None:
    source = torch.Generator().manual_seed(0)
    values = torch.randn(2, 6, 11, 11, generator=source)
    weight = torch.randn(6, 1, kernel, kernel, generator=source)
    bias = torch.randn(6, generator=source)
    with torch.autocast("cpu", torch.bfloat16):
        ours = by_channel(values, weight, bias, stride, padding)
    span = (11 + 2 * padding - kernel) // stride + 1
    wide = functional.pad(values, (padding,) * 4)
    wanted = bias[:, None, None] + sum(
        weight[:, 0, i, j, None, None]
        * wide[..., i : i + stride * span : stride, j : j + stride * span : stride]
        for i in range(kernel)
        for j in range(kernel)
    )
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, wanted[..., :span, :span])


def test_skipped_blocks_keep_the_mean() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        found = skip(torch.ones(20_000, 1, 1, 1), 0.3)
    assert sorted(set(found.flatten().tolist())) == pytest.approx([0, 1 / 0.7])
    assert float(found.mean()) == pytest.approx(1, abs=0.02)
    assert skip(found, 0.0) is found


def test_only_training_leaves_something_out() -> None:
    plain, careless = network(), GeneralNetwork(6, skipped=0.8, dropout=0.8)
    careless.load_state_dict(plain.state_dict())
    lightness = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(careless.eval()(lightness), plain(lightness))
        assert not torch.allclose(careless.train()(lightness), plain(lightness))
    shares = [b.skipped for b in careless.encoder.modules() if isinstance(b, InvertedResidual)]
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(0.8)
    assert shares == sorted(shares)


def test_weights_are_read_from_safetensors_too(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    weights = timm_like()
    save_file(weights, tmp_path / "net.safetensors")
    encoder = Encoder()
    load_backbone(encoder, tmp_path / "net.safetensors")
    wanted = weights["conv_stem.weight"].sum(dim=1, keepdim=True)
    assert torch.equal(encoder.stem.weight, wanted)


def other_network() -> object:
    return {"conv1.weight": torch.zeros(64, 3, 7, 7)}


def other_shape() -> object:
    weights = timm_like()
    return weights | {"blocks.3.1.conv_dw.weight": torch.zeros(480, 1, 5, 5)}


def other_things() -> object:
    return [1, 2, 3]


@pytest.mark.parametrize("make", [other_network, other_shape, other_things])
def test_another_network_is_refused(tmp_path: Path, make: object) -> None:
    torch.save(make(), tmp_path / "net.pth")  # type: ignore[operator]
    with pytest.raises(ModelFileError, match="holds no EfficientNet-Lite0"):
        load_backbone(Encoder(), tmp_path / "net.pth")


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"no network"])
def test_what_is_no_file_of_weights_is_refused(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelFileError, match="cannot read the backbone"):
        load_backbone(Encoder(), tmp_path / name)


@pytest.mark.skipif(not BACKBONE.exists(), reason="PHOTOCHROM_DATA has no backbone beside it")
def test_every_weight_of_the_real_backbone_but_its_head_is_used() -> None:
    weights = torch.load(BACKBONE, weights_only=True)
    encoder = Encoder()
    load_backbone(encoder, BACKBONE)
    used = {name for name in timm_like() if name in weights}
    assert used == set(timm_like())
    left = {n for n in set(weights) - used if "num_batches_tracked" not in n}
    assert {name.split(".")[0] for name in left} <= {"conv_head", "bn2"}
    gray = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        theirs = plainly(weights, gray.repeat(1, 3, 1, 1))[-1]
        torch.testing.assert_close(encoder(gray)[-1], theirs, rtol=1e-3, atol=1e-3)
