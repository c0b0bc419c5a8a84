"""Sheets, and the page of a report."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from photochrom.datasets.photographs import Dropped
from photochrom.errors import OutputExistsError, ShapeError, WriteError
from photochrom.evaluation import figures, markup, report, sections
from photochrom.evaluation.album import MOST, TRUTH, Album, reduce
from photochrom.evaluation.result import Evaluation, Row
from photochrom.evaluation.sheets import banner, contact_sheet
from photochrom.imageio import load_image
from photochrom.metrics.bootstrap import Interval
from photochrom.metrics.scores import Scores
from photochrom.palettes.palette import Palette

VOID = {"meta", "hr", "img", "line", "rect", "br"}
PALETTE = Palette(np.array([[0.0, 0], [40, 30], [-35, 25]]))


class Outline(HTMLParser):
    """Checks that elements nest, and collects what a reader depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.heads: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "th":
            self.heads.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    assert parser.open == []
    return parser


def made(pictures: int = 5, most: int = MOST, **options) -> tuple[Evaluation, Album]:
    rng = np.random.default_rng(0)
    names = tuple(f"{number:02d}.jpg" for number in range(pictures))

    def row(name: str, kind: str, offset: float, **more) -> Row:
        entropy = 1.0 if kind == "model" else None
        figures_ = [
            Scores(n + offset, 20 + offset, 21, 0.9, 30, 5, entropy) for n in range(pictures)
        ]
        return Row(name, kind, tuple(figures_), **more)

    rows = (
        row("gray", "baseline", 9, against="lightness table"),
        row("lightness table", "baseline", 6),
        row("mine", "model", 5, against="lightness table", palette=PALETTE),
        row("<b>other", "model", 8, against="lightness table", details=(("preset", "window"),)),
    )
    album = Album(side=24, most=most)
    for name in names:
        for label in (*(row.name for row in rows), TRUTH):
            album.add(name, label, rng.integers(0, 256, (20, 30, 3), dtype=np.uint8))
    return Evaluation("cats", names, True, rows, (25.0,) * pictures, **options), album


def test_sheets_hold_the_pictures_at_their_places():
    red, blue = np.zeros((20, 30, 3), np.uint8), np.zeros((40, 10, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    sheet = contact_sheet([[red, blue], [blue, red]], ["gray", "truth"], cell=40)
    assert sheet.shape == (22 + 2 * 56, 2 * 46, 3)
    assert sheet[22 + 28, 23].tolist() == [255, 0, 0]
    assert sheet[22 + 28, 46 + 23].tolist() == [0, 0, 255]
    assert sheet[22 + 56 + 28, 46 + 23].tolist() == [255, 0, 0]
    assert (sheet[:22] < 255).any()  # captions
    assert (sheet[22 : 22 + 8] == 255).all()  # paper


def test_large_pictures_are_reduced_and_small_ones_never_enlarged():
    assert reduce(np.zeros((100, 50, 3), np.uint8), 40).shape == (40, 20, 3)
    assert reduce(np.zeros((3000, 2, 3), np.uint8), 40).shape == (40, 1, 3)
    assert reduce(np.zeros((10, 5, 3), np.uint8), 40).shape == (10, 5, 3)


def test_captions_that_do_not_fit_are_cut_and_odd_letters_survive():
    cell = np.zeros((20, 30, 3), np.uint8)
    sheet = contact_sheet([[cell]], ["größe" * 30])
    assert sheet.shape == (22 + 36, 46, 3)
    assert (sheet[:22, 40:] == 255).all()


def test_a_sheet_with_missing_pictures_is_refused():
    cell = np.zeros((20, 30, 3), np.uint8)
    with pytest.raises(ShapeError, match="rows of 2 pictures"):
        contact_sheet([[cell]], ["a", "b"])
    with pytest.raises(ShapeError, match="at least one"):
        banner([])


def test_a_banner_puts_pictures_side_by_side():
    wide = banner([np.full((20, 30, 3), level, np.uint8) for level in (10, 20, 30)])
    assert wide.shape == (36, 3 * 46, 3)
    assert [int(wide[18, x, 0]) for x in (23, 69, 115)] == [10, 20, 30]


def test_the_page_is_well_formed_self_contained_and_readable_aloud():
    found, album = made()
    page = report.page(found, album)
    seen = outline(page)
    assert "script" not in seen.tags
    assert "link" not in seen.tags
    assert not re.search(r"(src|href)=\"(?!data:image/)", page)
    assert seen.images
    assert all(image["alt"] for image in seen.images)
    assert all(head.get("scope") in ("col", "row") for head in seen.heads)
    assert seen.tags.count("caption") == seen.tags.count("table")
    assert "prefers-color-scheme: dark" in page
    assert "<b>other" not in page
    assert "<b>other" in seen.text


def test_the_page_opens_with_the_verdict_on_the_best_model():
    found, album = made()
    page = report.page(found, album)
    first = page[page.index("<body>") :].split("</p>")[0]
    assert "mine beats the lightness table" in first
    assert 'class="lead better"' in first
    assert "other does not beat" in page


def test_best_and_worst_are_by_the_leading_model():
    found, album = made(9)
    page = sections.best_and_worst(found, album)
    order = re.findall(r"<b>truth</b> (\d\d)\.jpg", page)
    assert order == ["00", "01", "02", "06", "07", "08", "03", "05"]  # 04, the middle, stands above
    assert "<b>truth</b> 04.jpg" in sections.typical(found, album)


@pytest.mark.parametrize("pictures", [1, 2, 3, 40])
def test_every_number_of_pictures_makes_a_page_of_bounded_size(pictures):
    found, album = made(pictures)
    seen = outline(report.page(found, album))
    assert len(seen.images) <= 5 * (1 + 6 + 12)
    assert len({image["src"] for image in seen.images}) == len(seen.images)


@pytest.mark.parametrize(("pictures", "kept"), [(8, 8), (9, 5), (16, 8), (17, 5), (100, 7)])
def test_an_album_keeps_a_bounded_even_choice_of_pictures(pictures, kept):
    found, album = made(pictures, most=8)
    numbers = [n for n, name in enumerate(found.pictures) if name in album]
    assert len(numbers) == kept
    assert numbers[0] == 0
    assert len(set(np.diff(numbers))) == 1
    assert pictures - numbers[-1] <= numbers[1]
    assert all(album.jpeg(found.pictures[n], TRUTH)[:2] == b"\xff\xd8" for n in numbers)


def test_a_page_of_very_many_pictures_says_what_it_shows(tmp_path):
    found, album = made(100, most=8)
    page = report.page(found, album)
    outline(page)
    assert "chosen from 7 of the 100 judged" in page
    order = re.findall(r"<b>truth</b> (\d\d)\.jpg", page)
    assert order == ["48", "00", "16", "32", "64", "80", "96"]
    sheet = report.sheet(found, album)
    assert sheet.shape[0] == 22 + 7 * (16 + 16)
    assert "judged, evenly" not in report.page(*made(8))


def test_the_best_of_each_column_is_marked():
    found, _ = made()
    text = sections.figures_table(found)
    assert re.search(r'<th scope="row">mine</th><td class="best">7\.00', text)
    assert text.count('class="best">7.00') == 1
    assert re.search(r'<th scope="row">gray</th><td>11\.00.*?<td class="best">29\.00', text)


def test_cross_entropies_of_unlike_palettes_are_not_ranked():
    found, _ = made()
    assert 'class="best">1.000' not in sections.figures_table(found)
    alike = Evaluation(
        "cats",
        found.pictures,
        True,
        tuple(
            Row(row.name, row.kind, row.scores, row.against, PALETTE)
            if row.kind == "model"
            else row
            for row in found.rows
        ),
        found.truth_colorfulness,
    )
    assert 'class="best">1.000' in sections.figures_table(alike)


def test_what_was_left_out_and_warned_of_stands_on_the_page():
    notes = {"left_out": (Dropped("old.jpg", "near-gray"),), "warnings": ("few pictures",)}
    found, album = made(**notes)
    page = report.page(found, album)
    assert "old.jpg: near-gray" in page
    assert "Note: few pictures." in page


def test_without_a_table_the_page_says_so_and_draws_no_differences():
    found, album = made()
    rows = tuple(
        Row(row.name, row.kind, row.scores) for row in found.rows if row.name in ("gray", "mine")
    )
    bare = Evaluation("cats", found.pictures, False, rows, found.truth_colorfulness)
    page = report.page(bare, album)
    assert "no table to beat" in page
    assert "Against the lightness table" not in page


def test_an_interval_is_drawn_to_scale():
    drawn = figures.interval(Interval(-1.0, -2.0, 0.0), 2.0, "better")
    assert 'x1="8.0" x2="100.0"' in drawn
    assert 'rect x="52.0"' in drawn
    lone = figures.interval(Interval(1.0, float("nan"), float("nan")), 2.0, "open")
    assert lone.count("<line") == 1
    assert figures.reach([Interval(0.0, float("nan"), float("nan"))]) == 0.1


def test_a_swatch_shows_every_colour():
    drawn = figures.swatch(Palette(np.array([[255.0, 0, 0], [0, 9, 255]]), "srgb", ("red", "<x>")))
    assert "rgb(255,0,0)" in drawn
    assert "rgb(0,9,255)" in drawn
    assert "&lt;x&gt;" in drawn
    assert 'title="40, 30"' in figures.swatch(PALETTE)


def test_loss_curves_stand_on_the_page_under_the_names_of_their_models(tmp_path):
    found, album = made(2)
    path = report.write(found, album, tmp_path / "page", curves=[("mine", b"<svg/>")])
    page = path.read_text(encoding="utf-8")
    assert 'alt="loss curve of mine"' in page
    assert "<h3>mine</h3>" in page.split("How the training went")[1].split("</section>")[0]


@pytest.mark.parametrize("name", ["index.html", "evaluation.json", "sheet.png"])
def test_no_file_is_replaced_unasked_and_none_is_left_behind(tmp_path, name):
    found, album = made(2)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(OutputExistsError, match=name.replace(".", r"\.")):
        report.check_target(tmp_path)
    with pytest.raises(OutputExistsError):
        report.write(found, album, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    report.write(found, album, tmp_path, overwrite=True)
    assert (tmp_path / name).read_bytes() != b"mine"


def test_nothing_is_written_where_a_part_cannot_be_made(tmp_path, monkeypatch):
    found, album = made(2)
    monkeypatch.setattr(Evaluation, "to_json", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.write(found, album, tmp_path / "page")
    assert list((tmp_path / "page").iterdir()) == []


def test_the_sheet_beside_the_page_shows_gray_models_and_truth(tmp_path):
    found, album = made(14)
    report.write(found, album, tmp_path / "page")
    sheet = load_image(tmp_path / "page" / "sheet.png")
    assert (sheet.height, sheet.width) == (22 + 12 * (16 + 16), 4 * (24 + 16))


def test_a_report_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WriteError, match="cannot make the folder"):
        report.check_target(tmp_path / "file" / "report")


def test_markup_escapes_every_text():
    assert markup.element("p", "<&>", "a") == '<p class="a">&lt;&amp;&gt;</p>'
    assert "&lt;li&gt;" in markup.items(["<li>"])
    assert 'alt="&quot;x&quot;"' in markup.image(b"", "png", '"x"')
    assert "<title>&lt;t&gt;</title>" in markup.page("<t>", [])
