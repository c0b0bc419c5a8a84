"""The page, models and what runs them in one HTML file, which opens by a double click.

A page from a disk may load nothing from beside it, and onnxruntime alone is 14 MB. So the file
holds an evaluator of a dozen operators, and models that need no others: those of small networks.
"""

import gzip
import html
import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path as FilePath

from photochrom._files import check_free, write_bytes
from photochrom._types import Path
from photochrom.errors import OptionError, OutputExistsError
from photochrom.modelfile.wire import Message
from photochrom.web.export import Exported, built_page, site_of
from photochrom.web.halved import halved
from photochrom.web.offered import Offered, offered

# As `web/src/engine/onnx/operators.ts` has them.
OPERATORS = {
    *("Add", "Sub", "Mul", "Div", "Pow", "Greater", "LessOrEqual", "Where"),
    *("Relu", "Sigmoid", "Clip", "Pad", "Conv"),
}
_MOST = 2 << 20  # bytes of a model; the largest of the small presets has 0.7 MB
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Colour black-and-white photographs on your own machine.">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,{icon}">
<style>{style}</style>
</head>
<body>
<!--
{licenses}-->
<div id="app"></div>
<noscript>photochrom needs JavaScript: pictures are coloured in your browser.</noscript>
{data}
<script>{script}</script>
</body>
</html>
"""
_POLICY = (  # WebAssembly is the evaluator's inner loop
    "default-src 'none'; script-src 'sha256-{script}' 'wasm-unsafe-eval'; "
    "style-src 'sha256-{style}'; img-src blob: data:; connect-src blob: data:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)


def export_single(
    models: Sequence[Path | bytes], target: Path, *, overwrite: bool = False
) -> Exported:
    """Write one HTML file that colours with `models`, wherever it lies and with no network.

    Parameters
    ----------
    models : names, paths, URLs or bytes of small networks; the first is the one it begins with
    target : the file
    overwrite : replace a file that is there

    Raises
    ------
    OptionError
        If a model is none of the small networks.
    InputMissingError, ModelFileError, StorageError
        If a model is not there or cannot be used.
    OutputExistsError, DiskFullError, WriteError
        If the file is there already or cannot be written; nothing is left behind.
    """
    file = FilePath(target)
    if file.is_dir():
        raise OutputExistsError(f"{file} is a folder; --single writes one file, such as site.html")
    check_free(file, overwrite=overwrite)
    chosen = offered(models)
    for one in chosen:
        check_small(one)
    page = single_page(chosen)
    write_bytes(page, file, overwrite=overwrite)
    return Exported(file, {file.name: len(page)}, tuple(one.name for one in chosen))


def check_small(model: Offered) -> None:
    """Raise `OptionError` for a model that the page's evaluator cannot run."""
    graph = Message(memoryview(model.data)).messages(7)[0]
    foreign = sorted({node.text(4) for node in graph.messages(1)} - OPERATORS)
    reason = ""
    if foreign:
        reason = f"the page's own small evaluator does not know its operators {', '.join(foreign)}"
    elif model.spec.stride != 1:
        reason = f"the evaluator takes no steps of {model.spec.stride} pixels"
    elif len(model.data) > _MOST:
        reason = f"it has {len(model.data)} bytes, more than the {_MOST} allowed"
    if reason:
        raise OptionError(
            f"{model.name} cannot be put into one file: {reason}. --single is for models trained "
            "with --preset window or origin-*; without --single any model can be exported"
        )


def single_page(models: Sequence[Offered]) -> bytes:
    """Return the file."""
    built, site = built_page("single_page"), built_page("site")
    script = _inside(built.joinpath("page.js").read_text(encoding="utf-8"))
    style = built.joinpath("page.css").read_text(encoding="utf-8").strip()
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    title = "photochrom" if len(models) > 1 else f"photochrom: {models[0].name}"
    return _PAGE.format(
        policy=policy,
        title=html.escape(title),
        icon=b64encode(site.joinpath("icon.svg").read_bytes()).decode(),
        style=style,
        licenses=site.joinpath("licenses.txt").read_text(encoding="utf-8"),
        data=_data(models),
        script=script,
    ).encode()


def _data(models: Sequence[Offered]) -> str:
    """Return the models, and the list of them that the page reads."""
    listed = [
        # The hash is that of the file that people have; the page holds a smaller one.
        {"id": one.id, "name": one.name, "file": f"#model-{number}", "hash": one.hash}
        for number, one in enumerate(models)
    ]
    site = json.dumps(site_of(listed, offline=False))
    parts = [_block("site", "application/json", site.replace("<", "\\u003c"))]
    for number, one in enumerate(models):
        packed = gzip.compress(halved(one.data), 9, mtime=0)  # equal work is equal
        parts.append(_block(f"model-{number}", "text/plain", b64encode(packed).decode()))
    return "\n".join(parts)


def _block(name: str, kind: str, content: str) -> str:
    return f'<script type="{kind}" id="{name}">{content}</script>'


def _inside(script: str) -> str:
    """Return a script that ends no element and begins no comment of the page around it."""
    return script.strip().replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
