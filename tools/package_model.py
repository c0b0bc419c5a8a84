"""Put a trained model into the package: `python tools/package_model.py MODEL.onnx --name general`.

Copies the file to `src/photochrom/models`, and writes its size and hash into `index.json`. Licences
and the card's file name stay as they stand there, or get the defaults below.
"""

import argparse
import json
from pathlib import Path

from photochrom.modelfile.file import verify_model

MODELS = Path(__file__).resolve().parent.parent / "src" / "photochrom" / "models"
WEIGHTS = (
    "free to use as far as photochrom can grant it (Apache-2.0); some training pictures are for "
    "research only or of unclear licence: read the card before commercial use"
)


def package(source: Path, name: str, weights: str | None) -> None:
    """Copy a model file into the package and renew its entry of the index."""
    found = verify_model(source)
    index = MODELS / "index.json"
    plain = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {"models": []}
    others = [entry for entry in plain["models"] if entry["name"] != name]
    before = next((entry for entry in plain["models"] if entry["name"] == name), {})
    entry: dict[str, object] = {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": found.hash,
        "bytes": found.size,
        "code_licence": "Apache-2.0",
        "weights_licence": weights or before.get("weights_licence", WEIGHTS),
        "card": f"{name}.md",
    }
    (MODELS / f"{name}.onnx").write_bytes(source.read_bytes())
    plain["models"] = sorted(
        [*others, entry], key=lambda one: (one["name"] != "general", one["name"])
    )
    index.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--name", required=True, help="what --model takes")
    parser.add_argument("--weights-licence", help="in words; as before if not given")
    chosen = parser.parse_args()
    package(chosen.model, chosen.name, chosen.weights_licence)
