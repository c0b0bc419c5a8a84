"""Make docs/images/page-*.jpg: the page in Chromium, with photographs that scikit-image carries."""

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))

import browser as chromium  # noqa: E402
from browser import Page, expect, fold_out, open_pictures, place, settled  # noqa: E402
from pictures import encode, photograph  # noqa: E402
from web_server import running  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# px of the photograph, and what people know of it
HINTS = (
    (120, 300, "#e0702a"), (60, 400, "#e0702a"), (200, 440, "#e0702a"), (330, 300, "#e0702a"),
    (330, 430, "#e0702a"), (130, 60, "#b4bcc4"), (340, 120, "#b4bcc4"), (480, 60, "#b4bcc4"),
    (60, 150, "#b02a30"), (20, 300, "#b02a30"), (20, 40, "#28386a"), (200, 120, "#e8b090"),
)  # fmt: skip
SIDE = 512  # px of that photograph
TALL = {"viewport": {"width": 1000, "height": 1440}}
PHONE = {"viewport": chromium.PHONE, "has_touch": True, "device_scale_factor": 1}


def main() -> None:
    """Write the pictures."""
    with TemporaryDirectory() as folder, running() as server, chromium.launched() as browser:
        names = ("astronaut", "coffee", "chelsea", "rocket")
        grays = [chromium.gray_file(Path(folder), name) for name in names]
        reference = Path(folder) / "kitten.jpg"
        reference.write_bytes(encode(photograph("chelsea"), "jpeg"))
        with chromium.visited(browser, server.url) as page:
            open_pictures(page, *grays)
            hint(page)
            keep(page, "hints")
            page.get_by_role("button", name="Compare").click()
            fold_out(page, "What you know").locator("summary").click()
            answer(page)
            keep(page, "answers")
        with chromium.visited(browser, server.url, color_scheme="dark") as page:
            open_pictures(page, *grays)
            page.get_by_label("Show coffee.png").click()
            settled(page)
            fold_out(page, "What you know").locator("summary").click()
            doubt(page)
            keep(page, "dark")
        with chromium.visited(browser, server.url, **TALL) as page:
            learn(page, pieces(Path(folder), names))
            keep(page, "training")
        with chromium.visited(browser, server.url, **PHONE) as page:
            open_pictures(page, grays[0])
            keep(page, "phone")


def hint(page: Page) -> None:
    """Say colours by clicks."""
    section = fold_out(page, "What you know")
    section.get_by_role("button", name="fine").click()
    for x, y, colour in HINTS:
        section.locator("input[type=color]").first.fill(colour)
        page.mouse.click(*place(page, (x + 0.5) / SIDE, (y + 0.5) / SIDE))
    settled(page)
    page.locator(".panel").evaluate("panel => (panel.scrollTop = 0)")


def answer(page: Page) -> None:
    """Show what else the photograph could be, without hints."""
    page.get_by_role("button", name="Start over").click()
    section = fold_out(page, "Other answers")
    section.get_by_role("button", name="Show others").click()
    expect(section.get_by_role("button", name="Answer 5")).to_be_visible()
    section.get_by_role("button", name="Answer 4").click()
    settled(page)


def doubt(page: Page) -> None:
    """Show where colours are guessed."""
    section = fold_out(page, "How sure is it?")
    section.get_by_role("checkbox").check()
    expect(section).to_contain_text("% of the picture is sure")
    settled(page)


def pieces(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Cut three squares out of each photograph."""
    found = []
    for name in names:
        codes = photograph(name)
        side = codes.shape[1] // 3
        for left in range(0, 3 * side, side):
            found.append(folder / f"{name} {left}.jpg")
            found[-1].write_bytes(encode(codes[:side, left : left + side], "jpeg", quality=95))
    return found


def learn(page: Page, paths: list[Path]) -> None:
    """Show a training on its way, as it has learned for a while."""
    page.get_by_role("button", name="Train").click()
    page.locator(".begin input[type=file]").set_input_files(paths)
    page.get_by_label("How long").select_option(label="1 minute")
    page.get_by_role("button", name="Begin").click()
    samples = page.get_by_role("img", name="Samples")
    for _ in range(3):
        seen = samples.get_attribute("src") if samples.count() else ""
        expect(samples).not_to_have_attribute("src", seen or "", timeout=60_000)


def keep(page: Page, name: str) -> None:
    """Write what the page shows."""
    page.mouse.move(2, 2)  # off the buttons
    page.wait_for_timeout(400)  # words that fade are gone
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.convert("RGB").save(IMAGES / f"page-{name}.jpg", quality=80, optimize=True)


if __name__ == "__main__":
    main()
