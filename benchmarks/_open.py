"""The part of `general` whose licences are clear and open, as shards of its own.

    PHOTOCHROM_DATA=... python -m benchmarks._open OUT_FOLDER

For `general-open`: the recipe of the shipped model on pictures that anybody may use. Which sources
those are is what `data/README.md` says of them.
"""

import gzip
import sys
import tarfile
from pathlib import Path

from benchmarks import _data as data

SOURCES = ("caltech101", "nips2017", "tf-flowers", "grocery", "fruitveg", "popos")


def main() -> None:
    """Copy the members."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    folder = data.folder("general")
    wanted = open_keys(folder)
    copied = 0
    with tarfile.open(out / "open-00000.tar", "w") as target:
        for shard in sorted(folder.glob("*.tar")):
            with tarfile.open(shard) as source:
                for member in source:
                    if member.isfile() and Path(member.name).stem in wanted:
                        target.addfile(member, source.extractfile(member))
                        copied += 1
    print(f"{copied} of {len(wanted)} pictures from {', '.join(SOURCES)}")


def open_keys(folder: Path) -> set[str]:
    """Return the keys of pictures from open sources."""
    with gzip.open(folder / "labels.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return {key for key, _, source in rows if source in SOURCES}


if __name__ == "__main__":
    main()
