"""Small pieces of HTML, every text in them escaped."""

import base64
from collections.abc import Sequence
from html import escape

from photochrom.evaluation.style import CSS


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole page that needs nothing from elsewhere: no script, no font, no link."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{CSS}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def element(tag: str, text: str, css: str = "") -> str:
    """Return `<tag>text</tag>` with the text escaped."""
    name = f' class="{css}"' if css else ""
    return f"<{tag}{name}>{escape(text)}</{tag}>"


def items(sentences: Sequence[str]) -> str:
    """Return a list of sentences."""
    return "<ul>" + "".join(element("li", sentence) for sentence in sentences) + "</ul>"


def image(data: bytes, kind: str, alt: str, size: tuple[int, int] | None = None) -> str:
    """Return a picture that stands in the page itself; `kind` is jpeg, png or svg+xml."""
    encoded = base64.b64encode(data).decode("ascii")
    shape = "" if size is None else f' width="{size[0]}" height="{size[1]}"'
    return f'<img src="data:image/{kind};base64,{encoded}" alt="{escape(alt)}"{shape}>'


def table(caption: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    """Return a table; heads are HTML of the column heads, rows whole `<tr>` elements."""
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    parts = [element("caption", caption), f"<thead><tr>{columns}</tr></thead>", "<tbody>"]
    return '<div class="scroll"><table>' + "\n".join([*parts, *rows]) + "</tbody></table></div>"


def row(head: str, cells: Sequence[str], css: str = "") -> str:
    """Return a table row; `cells` are whole `<td>` elements, `head` is escaped."""
    return f'<tr class="{css}"><th scope="row">{escape(head)}</th>{"".join(cells)}</tr>'
