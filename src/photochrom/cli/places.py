"""Paths of this machine, where a URL would be taken for one."""

from pathlib import Path
from typing import Any

import click


class LocalPath(click.Path):
    """A path; to Python `s3://bucket/m.onnx` is one too, of a folder called `s3:`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse a URL."""
        if isinstance(value, str) and "://" in value:
            from photochrom.storage.place import is_url, shown

            if is_url(value):
                self.fail(
                    f"{shown(value)} is a URL, a path of this machine is expected", param, ctx
                )
        return super().convert(value, param, ctx)


LOCAL = LocalPath(path_type=Path, readable=False)
