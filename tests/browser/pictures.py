"""The README's pictures, from what the tests of this folder saw.

``python tests/browser/pictures.py``, after the tests: of build/screenshots/ three go,
smaller, to docs/pictures/.
"""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
NAMES = ("notebook", "feedback", "class")
WIDTH = 960


def main() -> None:
    """Write them."""
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        seen = Image.open(ROOT / "build" / "screenshots" / f"{name}.png").convert("RGB")
        height = round(seen.height * WIDTH / seen.width)
        small = seen.resize((WIDTH, height), Image.Resampling.LANCZOS)
        small.quantize(96).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
