"""What the general network learns from: soft labels, weights, loss, crops and tone."""

import numpy as np
import pytest
import torch

from general import PALETTE, crops
from photochrom.color import lab
from photochrom.palettes import kmeans, labels
from photochrom.training.general.crops import cut, to_cells, to_lab, vary_tone
from photochrom.training.general.targets import Targets, class_weights, fit_flattened


def samples() -> np.ndarray:
    return np.concatenate([picture.reshape(-1, 3) for picture in crops()])


def chroma_of(codes: np.ndarray) -> np.ndarray:
    return lab.from_srgb(codes.astype(np.float32) / 255)[..., 1:]


def test_the_tables_are_the_soft_labels_of_whole_units() -> None:
    targets = Targets.of(PALETTE, samples(), 0.5)
    rng = np.random.default_rng(0)
    for a, b in [(-112, -112), (0, 0), (112, 112), *rng.integers(-112, 113, (40, 2)).tolist()]:
        row = (a + 112) * 225 + b + 112
        wanted = labels.soft(np.array([a, b], dtype=np.float32), PALETTE)
        found = np.zeros(len(PALETTE), dtype=np.float32)
        found[targets.near[row].numpy()] = targets.share[row].numpy()
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_weights_average_to_one_over_the_pixels() -> None:
    pixels = samples()
    weights = class_weights(PALETTE, pixels, 0.7)
    common = np.bincount(labels.nearest(chroma_of(pixels), PALETTE), minlength=len(PALETTE))
    mean = (weights * (common + 1)).sum() / (common + 1).sum()
    assert mean == pytest.approx(1)


def test_rebalancing_goes_from_all_pixels_alike_to_all_colours_alike() -> None:
    pixels = samples()
    np.testing.assert_allclose(class_weights(PALETTE, pixels, 0), 1)
    weights = class_weights(PALETTE, pixels, 1)
    common = np.bincount(labels.nearest(chroma_of(pixels), PALETTE), minlength=len(PALETTE)) + 1
    np.testing.assert_allclose(weights * common, (weights * common)[0])
    half = class_weights(PALETTE, pixels, 0.5)
    assert (np.argsort(half) == np.argsort(-common)).all()


def test_the_loss_equals_a_slow_loop() -> None:
    targets = Targets.of(PALETTE, samples(), 0.5)
    weights = class_weights(PALETTE, samples(), 0.5)
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (2, len(PALETTE), 3, 4)).astype(np.float32)
    chroma = rng.uniform(-60, 60, (2, 2, 3, 4)).astype(np.float32)
    total = 0.0
    for n, y, x in np.ndindex(2, 3, 4):
        soft = labels.soft(np.rint(chroma[n, :, y, x]), PALETTE).astype(np.float64)
        said = logits[n, :, y, x].astype(np.float64)
        said = np.log(np.exp(said) / np.exp(said).sum())
        total += -(soft * said).sum() * (soft * weights).sum()
    found = targets.loss(torch.from_numpy(logits), torch.from_numpy(chroma))
    assert float(found) == pytest.approx(total / 24, rel=1e-5)


def test_a_flattened_palette_spends_more_of_its_colours_on_rare_ones() -> None:
    pixels = samples()
    flattened, plain = fit_flattened(pixels, 32, 0), kmeans.fit([pixels], 32)
    strong, usual = (np.linalg.norm(each.chroma, axis=1).mean() for each in (flattened, plain))
    assert strong > 1.03 * usual
    np.testing.assert_array_equal(flattened.chroma, fit_flattened(pixels, 32, 0).chroma)


def test_crops_are_a_function_of_their_generator() -> None:
    def cropped(seed: int) -> torch.Tensor:
        return cut(crops(), 32, np.random.default_rng(seed))

    assert torch.equal(cropped(1), cropped(1))
    assert not torch.equal(cropped(1), cropped(2))
    assert cropped(1).shape == (15, 32, 32, 3)


def test_a_crop_shows_most_of_the_short_side_and_nothing_else() -> None:
    rows, columns = np.mgrid[:100, :150]
    picture = np.stack([rows, columns, 0 * rows], axis=-1).astype(np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(50):
        crop = cut([picture], 64, rng)[0].numpy().astype(int)
        tall, wide = (np.ptp(crop[..., axis]) + 1 for axis in (0, 1))
        assert 60 <= tall <= 100  # 65 to 100 of 100 pixels, the outermost averaged or mirrored
        assert abs(tall - wide) <= 2


def test_a_crop_may_be_asked_to_show_less() -> None:
    rows, columns = np.mgrid[:100, :150]
    picture = np.stack([rows, columns, 0 * rows], axis=-1).astype(np.uint8)
    rng = np.random.default_rng(0)
    crops_ = [cut([picture], 64, rng, 0.2)[0].numpy().astype(int) for _ in range(50)]
    tall = [np.ptp(crop[..., 0]) + 1 for crop in crops_]
    assert min(tall) < 35
    assert max(tall) > 85


@pytest.mark.parametrize("side", [16, 300])
def test_small_and_large_pictures_give_crops_of_the_same_size(side: int) -> None:
    flat = np.full((side, side + 7, 3), (200, 40, 90), dtype=np.uint8)
    crop = cut([flat], 32, np.random.default_rng(0))
    assert (crop == torch.tensor([200, 40, 90], dtype=torch.uint8)).all()


def test_lightness_and_chroma_are_those_of_the_colour_room() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    codes[0, 0, :4] = [[0, 0, 0], [255, 255, 255], [1, 0, 0], [0, 0, 255]]
    wanted = lab.from_srgb(codes.astype(np.float64) / 255)
    lightness, chroma = to_lab(torch.from_numpy(codes))
    np.testing.assert_allclose(lightness[:, 0].numpy() * 100, wanted[..., 0], atol=2e-3)
    np.testing.assert_allclose(chroma.numpy(), np.moveaxis(wanted[..., 1:], -1, 1), atol=5e-3)


def test_cells_are_means_of_four_by_four_pixels() -> None:
    chroma = torch.rand(1, 2, 8, 12, generator=torch.Generator().manual_seed(0))
    cells = to_cells(chroma)
    assert cells.shape == (1, 2, 2, 3)
    assert float(cells[0, 1, 1, 2]) == pytest.approx(float(chroma[0, 1, 4:, 8:].mean()))


def test_tone_stays_in_range_keeps_order_and_follows_its_generator() -> None:
    ramp = torch.linspace(0, 1, 64).repeat(8, 1, 16, 1)

    def toned(seed: int) -> torch.Tensor:
        return vary_tone(ramp, torch.Generator().manual_seed(seed))

    assert torch.equal(toned(0), toned(0))
    assert not torch.equal(toned(0), toned(1))
    for seed in range(20):
        found = toned(seed)
        assert found.min() >= 0
        assert found.max() <= 1
        rows = found.mean(dim=2)  # over the grain
        assert (rows[:, :, 16:] - rows[:, :, :-16] > -0.02).all()
    assert torch.equal(ramp, torch.linspace(0, 1, 64).repeat(8, 1, 16, 1))
