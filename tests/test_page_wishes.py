"""The page in a real browser: what visitors say of colours is done at once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import browser as chromium
from browser import Browser, Locator, Page, expect, fold_out, open_pictures, place, result, settled
from models import conv_model, model_bytes, palette_spec, rgb_spec
from photochrom.palettes.files import load_palette
from pictures import encode, photograph
from web_server import Running, running

pytestmark = chromium.in_browser
COLOR = "input[type=color]"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def cup(folder: Path) -> Path:
    return chromium.gray_file(folder, "coffee")


@pytest.fixture(scope="module")
def astronaut(folder: Path) -> Path:
    return chromium.gray_file(folder, "astronaut")


def draw(page: Page, *places: tuple[float, float]) -> None:
    """Draw a stroke with the mouse."""
    page.mouse.move(*place(page, *places[0]))
    page.mouse.down()
    for each in places[1:]:
        page.mouse.move(*place(page, *each), steps=4)
    page.mouse.up()


def mean_at(picture: np.ndarray, across: float, down: float) -> np.ndarray:
    """Return the mean colour round a place."""
    row, column = int(down * picture.shape[0]), int(across * picture.shape[1])
    return picture[row - 2 : row + 3, column - 2 : column + 3].mean(axis=(0, 1))


def test_a_colour_is_said_by_a_click_and_a_stroke(page: Page, astronaut: Path) -> None:
    open_pictures(page, astronaut)
    plain = result(page)
    page.get_by_role("button", name="leaves").click()
    page.mouse.click(*place(page, 0.35, 0.55))
    settled(page)
    red, green, blue = mean_at(result(page), 0.35, 0.55)
    assert green > red
    assert green > blue
    expect(page.locator(".said li")).to_have_text(["Point 1"])

    section = fold_out(page, "What you know")
    section.locator(COLOR).first.fill("#2040c0")  # the colour picker
    section.get_by_role("button", name="broad").click()
    draw(page, (0.5, 0.15), (0.6, 0.1), (0.7, 0.12))
    settled(page)
    red, green, blue = mean_at(result(page), 0.6, 0.1)
    assert blue > red + 20
    expect(page.locator(".said li")).to_have_text(["Point 1", "Stroke 2"])

    section.get_by_label("Colour of Stroke 2").fill("#c03020")
    settled(page)
    red, green, blue = mean_at(result(page), 0.6, 0.1)
    assert red > blue + 20
    section.get_by_label("Remove Point 1").click()
    expect(page.locator(".said li")).to_have_count(1)
    section.get_by_role("button", name="Remove all").click()
    settled(page)
    np.testing.assert_array_equal(result(page), plain)


def test_the_picture_follows_while_a_stroke_is_drawn(page: Page, astronaut: Path) -> None:
    open_pictures(page, astronaut)
    page.get_by_role("button", name="navy blue").click()
    before = result(page)
    page.mouse.move(*place(page, 0.5, 0.15))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6, 0.1), steps=4)
    settled(page)
    while_drawing = result(page)
    assert np.abs(while_drawing - before).max() > 20
    page.mouse.move(*place(page, 0.9, 0.2), steps=8)
    page.mouse.up()
    settled(page)
    assert np.abs(result(page) - while_drawing).max() > 20
    page.keyboard.press("Control+z")
    settled(page)
    np.testing.assert_array_equal(result(page), before)  # a stroke is one step


def test_a_colour_is_said_by_keyboard_where_it_is_suggested(page: Page, cup: Path) -> None:
    open_pictures(page, cup)
    fold_out(page, "What you know").get_by_role("button", name="brick").click()
    page.get_by_role("button", name="Suggest the next place").click()
    expect(page.get_by_text("At the marked place")).to_be_visible()
    circle = page.locator(".suggested circle").last
    across = float(circle.get_attribute("cx") or -1)
    down = float(circle.get_attribute("cy") or -1)
    cursor = page.locator(".cursor")
    cursor.focus()
    expect(cursor).to_have_accessible_name(f"{HELP} Cursor at {across:g}, {down:g}")
    page.keyboard.press("Enter")
    settled(page)
    red, green, blue = result(page)[int(down), int(across)]
    assert red > green
    assert red > blue
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".said li")).to_have_count(2)
    expect(cursor).to_have_accessible_name(f"{HELP} Cursor at {across - 12:g}, {down + 1:g}")


HELP = "Click or draw where you know the colour. With the keyboard: arrow keys, then Enter."


def palette(page: Page) -> Locator:
    return fold_out(page, "Palette")


def test_a_palette_is_made_edited_and_saved(page: Page, cup: Path, tmp_path: Path) -> None:
    open_pictures(page, cup)
    plain = result(page)
    palette(page).get_by_role("button", name="Colours of your own").click()
    page.get_by_label("Colour 1 of the palette").fill("#2060c0")
    palette(page).get_by_role("button", name="Add a colour").click()
    page.get_by_label("Remove colour 5").click()
    settled(page)
    mixed = result(page)
    page.get_by_label("No mixing").check()
    settled(page)
    assert hues(result(page)) < hues(mixed)
    for kind in ("hex", "gpl", "json"):
        page.get_by_label("File format").select_option(kind)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save", exact=True).click()
        path = tmp_path / f"mine.{kind}"
        download.value.save_as(path)
        assert len(load_palette(path).colors) == 4
    assert (tmp_path / "mine.hex").read_text().split()[0] == "2060c0"
    page.get_by_role("button", name="All colours again").click()
    settled(page)
    np.testing.assert_array_equal(result(page), plain)


def hues(picture: np.ndarray) -> int:
    """Return how many hues, in steps of a degree, a picture has."""
    saturated = Image.fromarray(picture.astype(np.uint8)).convert("HSV")
    hue, saturation, value = np.moveaxis(np.asarray(saturated), -1, 0)
    return len(np.unique(hue[(saturation > 60) & (value > 60)]))


def test_a_palette_is_loaded_and_swapped_for_that_of_a_picture(
    page: Page, cup: Path, tmp_path: Path
) -> None:
    open_pictures(page, cup)
    (tmp_path / "blue.hex").write_text("2040ff\n3050e0\n")
    choose = palette(page).locator("input[type=file]")
    choose.first.set_input_files(tmp_path / "blue.hex")
    expect(page.locator(".palette li")).to_have_count(2)
    settled(page)
    assert (result(page)[..., 2] >= result(page)[..., 0]).all()  # nothing else than blue
    (tmp_path / "colors.css").write_text("a { color: #ff0000 } b { color: #00ff00 }")
    choose.first.set_input_files(tmp_path / "colors.css")  # which the server reads
    expect(page.get_by_label("Colour 2 of the palette")).to_have_value("#00ff00")
    (tmp_path / "coffee.jpg").write_bytes(encode(photograph("coffee"), "jpeg", quality=95))
    choose.last.set_input_files(tmp_path / "coffee.jpg")
    expect(page.locator(".palette li").nth(3)).to_be_visible()
    settled(page)
    red, _, blue = result(page).mean(axis=(0, 1))
    assert red > blue + 10  # as the table of the photograph is
    (tmp_path / "bad.gpl").write_text("no palette")
    choose.first.set_input_files(tmp_path / "bad.gpl")
    expect(page.get_by_role("alert")).to_contain_text("bad.gpl: This is no palette file")
    choose.last.set_input_files(cup)
    expect(page.get_by_role("alert")).to_contain_text("coffee.png: This picture has no colours")


def test_a_reference_lends_its_colours(page: Page, astronaut: Path, folder: Path) -> None:
    open_pictures(page, astronaut)
    truth = photograph("astronaut").astype(int)
    before = np.abs(result(page) - truth).mean()
    (folder / "mirrored.jpg").write_bytes(
        encode(photograph("astronaut")[:, ::-1].copy(), "jpeg", quality=95)
    )
    section = fold_out(page, "Reference picture")
    section.locator("input[type=file]").set_input_files(folder / "mirrored.jpg")
    expect(section.locator("li")).to_have_count(1)
    settled(page)
    assert np.abs(result(page) - truth).mean() < 0.9 * before
    section.locator("input[type=file]").set_input_files(astronaut)
    expect(page.get_by_role("alert")).to_contain_text("The reference picture has no colours")


def test_an_answer_and_a_reference_take_turns_and_say_so(
    page: Page, astronaut: Path, folder: Path
) -> None:
    open_pictures(page, astronaut)
    plain = result(page)
    answers = fold_out(page, "Other answers")
    answers.get_by_role("button", name="Show others").click()
    expect(answers.get_by_role("button", name="The likeliest")).to_have_attribute(
        "aria-pressed", "true"
    )
    answers.get_by_role("button", name="Answer 2").click()
    settled(page)
    other = result(page)
    assert np.abs(other - plain).mean() > 1

    (folder / "own.jpg").write_bytes(encode(photograph("astronaut"), "jpeg", quality=95))
    references = fold_out(page, "Reference picture")
    references.locator("input[type=file]").set_input_files(folder / "own.jpg")
    expect(references).to_contain_text("The answer that you chose is set aside")
    settled(page)
    referred = result(page)
    assert np.abs(referred - other).mean() > 1
    answers.get_by_role("button", name="Answer 2").click()
    expect(answers).to_contain_text("The reference picture is set aside")
    expect(references.locator("li")).to_have_count(0)
    settled(page)
    np.testing.assert_array_equal(result(page), other)
    page.get_by_role("button", name="Undo").click()
    expect(references.locator("li")).to_have_count(1)
    expect(answers).not_to_contain_text("set aside")
    settled(page)
    np.testing.assert_array_equal(result(page), referred)
    page.get_by_label("Vividness").fill("0.8")  # the answers would be others now
    expect(answers.get_by_role("button", name="Answer 2")).to_have_count(0)
    expect(answers.get_by_role("button", name="Show others")).to_be_enabled()
    expect(page.get_by_role("alert")).to_be_empty()


def test_what_is_guessed_is_drawn_and_told(page: Page, astronaut: Path) -> None:
    open_pictures(page, astronaut)
    section = fold_out(page, "How sure is it?")
    section.get_by_role("checkbox").check()
    expect(section).to_contain_text("% of the picture is sure")
    expect(page.locator(".picture canvas.layer")).to_have_count(3)
    drawn = result(page, layer=2)
    assert (np.ptp(drawn, axis=2) > 40).mean() > 0.05  # magenta somewhere
    assert (np.ptp(drawn, axis=2) <= 12).mean() > 0.05  # gray elsewhere
    section.get_by_role("checkbox").uncheck()
    expect(page.locator(".picture canvas.layer")).to_have_count(2)


def test_a_model_of_ones_own_is_opened_and_has_its_controls(
    page: Page, cup: Path, tmp_path: Path
) -> None:
    open_pictures(page, cup)
    plain = result(page)
    spec = palette_spec()
    (tmp_path / "mine.onnx").write_bytes(model_bytes(conv_model(), spec))
    section = fold_out(page, "Model")
    section.locator("input[type=file]").set_input_files(tmp_path / "mine.onnx")
    expect(section.get_by_label("Model").locator("option:checked")).to_have_text("mine")
    settled(page)
    assert np.abs(result(page) - plain).mean() > 5
    (tmp_path / "other.onnx").write_bytes(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    section.locator("input[type=file]").set_input_files(tmp_path / "other.onnx")
    expect(section.get_by_label("Model").locator("option:checked")).to_have_text("other")
    expect(page.get_by_label("Vividness")).to_have_count(0)  # it has no palette
    expect(page.get_by_text("How sure is it?")).to_have_count(0)
    section.get_by_label("Model").select_option(label="general")
    expect(page.get_by_label("Vividness")).to_be_visible()
    settled(page)
    np.testing.assert_array_equal(result(page), plain)


def test_a_picture_in_colour_is_coloured_anew_and_that_is_told(page: Page, tmp_path: Path) -> None:
    (tmp_path / "own.png").write_bytes(encode(photograph("coffee"), "png"))
    open_pictures(page, tmp_path / "own.png")
    expect(page.locator(".panel .note")).to_contain_text("in colour already")


@pytest.mark.parametrize(
    "look",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark", "locale": "de"},
        {"color_scheme": "light", "viewport": chromium.PHONE, "has_touch": True},
    ],
    ids=["light", "dark", "phone"],
)
def test_no_view_has_anything_that_axe_calls_serious(
    server: Running, browser: Browser, cup: Path, tmp_path: Path, look: dict[str, object]
) -> None:
    axe = Path(__file__).parents[1] / "web/node_modules/axe-core/axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed: npm ci in web/")

    with chromium.visited(browser, server.url, **look, reduced_motion="reduce") as page:

        def serious() -> list[str]:
            page.evaluate(axe.read_text())
            found = page.evaluate("axe.run()")["violations"]
            bad = [each for each in found if each["impact"] in ("serious", "critical")]
            return [f"{each['id']}: {node['html']}" for each in bad for node in each["nodes"]]

        assert serious() == []
        open_pictures(page, cup)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        sections = page.locator("details.section")
        sections.nth(2).locator("button").first.click()  # a palette
        sections.nth(4).get_by_role("checkbox").check()
        page.locator(".tools .segments button").last.click()
        page.locator(".swatches button").first.click()
        page.mouse.click(*place(page, 0.5, 0.5))
        sections.nth(1).locator("button.wide").click()  # answers, to what was wished before
        (tmp_path / "bad.png").write_bytes(b"no")
        page.locator("input[type=file]").first.set_input_files(tmp_path / "bad.png")
        expect(page.locator(".problem")).to_be_visible()
        expect(page.locator(".answers button").first).to_be_visible()
        settled(page)
        assert serious() == []
        page.locator(".views button").last.click()
        assert serious() == []
