"""The built page that lies in the package."""

import gzip
import hashlib
import json
import re
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"
SITE = Path(__file__).parents[1] / "src/photochrom/web/site"
SINGLE = SITE.parent / "single_page"  # what an export makes one file of
SOURCES = (
    *("build", "index.html", "package-lock.json", "public", "src"),
    *("vite.config.ts", "vite.single.config.ts"),
)


def test_the_built_page_is_that_of_the_sources() -> None:
    paths = [path for name in SOURCES for path in files_of(WEB / name)]
    digest = hashlib.sha256()
    for name in sorted(str(path.relative_to(WEB)) for path in paths):
        digest.update(f"{name}\0{hashlib.sha256((WEB / name).read_bytes()).hexdigest()}\n".encode())
    for page in (SITE, SINGLE):
        built = json.loads((page / "built.json").read_bytes())
        assert built["sources"] == digest.hexdigest(), "the page is out of date: run make web"


def files_of(path: Path) -> list[Path]:
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def test_the_page_names_no_other_host() -> None:
    paths = [path for page in (SITE, SINGLE) for path in page.rglob("*")]
    for path in (path for path in paths if path.suffix in (".js", ".css", ".html")):
        hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text()))
        # Names of kinds of markup, and where words of errors point; none is ever asked.
        known = {"www.w3.org", "web.dev", "github.com", "rolldown.rs"}
        assert hosts <= known | {"ns.adobe.com", "iptc.org", "cv.iptc.org"}, path.name


def test_all_that_the_page_names_is_there() -> None:
    page = (SITE / "index.html").read_text()
    for name in re.findall(r'(?:src|href)="\./([^"]+)"', page):
        assert (SITE / name).is_file(), name
    assert (
        gzip.decompress((SITE / "ort/ort-wasm-simd-threaded.wasm.gz").read_bytes())[:4] == b"\0asm"
    )
