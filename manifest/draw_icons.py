"""Draws the app's icons: an open door, and a guest on the way in. `python -m manifest.draw_icons` (Pillow is a
development dependency; the drawn files are committed)."""

from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).parent
FINER = 8
"""Drawn so many times larger, then scaled down, for smooth edges."""

NIGHT = (31, 58, 95, 255)
WHITE = (255, 255, 255, 255)
LIGHT = (255, 200, 87, 255)
CLEAR = (255, 255, 255, 0)

Box = tuple[float, float, float, float]


class Canvas:
    """A square of `size` units that is drawn larger than it ends up."""

    def __init__(self, size: int, background: tuple[int, int, int, int]) -> None:
        self._size = size
        self._image = Image.new("RGBA", (size * FINER, size * FINER), background)
        self._draw = ImageDraw.Draw(self._image)

    def box(self, box: Box, *, radius: float, fill: tuple[int, ...] | None = None, line: float = 0) -> None:
        self._draw.rounded_rectangle(
            [value * FINER for value in box],
            radius=radius * FINER,
            fill=fill,
            outline=WHITE if line else None,
            width=round(line * FINER),
        )

    def shape(self, points: list[tuple[float, float]], fill: tuple[int, ...]) -> None:
        self._draw.polygon([(x * FINER, y * FINER) for x, y in points], fill=fill)

    def dot(self, x: float, y: float, radius: float, fill: tuple[int, ...]) -> None:
        self._draw.ellipse([(v) * FINER for v in (x - radius, y - radius, x + radius, y + radius)], fill=fill)

    def shoulders(self, box: Box, fill: tuple[int, ...]) -> None:
        self._draw.pieslice([value * FINER for value in box], 180, 360, fill=fill)

    def save(self, path: Path) -> None:
        self._image.resize((self._size, self._size), Image.Resampling.LANCZOS).save(path, optimize=True)


def color_icon() -> Canvas:
    """192 by 192, the background to the edges; what matters lies in the middle 120, which every client shows."""
    canvas = Canvas(192, NIGHT)
    canvas.box((70, 42, 146, 152), radius=6, fill=LIGHT)
    canvas.shape([(146, 42), (116, 56), (116, 160), (146, 152)], WHITE)
    canvas.dot(123, 106, 3.5, NIGHT)
    canvas.dot(72, 90, 16, WHITE)
    canvas.shoulders((42, 112, 102, 192), WHITE)
    canvas.box((36, 152, 156, 160), radius=4, fill=WHITE)
    canvas.box((36, 160, 156, 192), radius=0, fill=NIGHT)
    return canvas


def outline_icon() -> Canvas:
    """32 by 32, white on nothing."""
    canvas = Canvas(32, CLEAR)
    canvas.box((11, 3, 28, 27), radius=2, line=2)
    canvas.box((4, 14, 16.5, 28.9), radius=0, fill=CLEAR)
    canvas.dot(24, 16, 1.4, WHITE)
    canvas.dot(9.5, 16.5, 3.4, WHITE)
    canvas.shoulders((3.5, 21, 15.5, 35), WHITE)
    canvas.box((2, 28, 30, 30), radius=1, fill=WHITE)
    canvas.box((2, 30, 30, 32), radius=0, fill=CLEAR)
    return canvas


def main() -> None:
    color_icon().save(HERE / "color.png")
    outline_icon().save(HERE / "outline.png")


if __name__ == "__main__":
    main()
