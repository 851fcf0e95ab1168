"""Drives a Playground's page: chats, channels, cards. What it clicks on is found by role and text where it can be."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from playwright.async_api import Locator, Page, expect

PATIENCE_MS = 15_000
"""How long a card may take to appear: a turn, a job, a draw, on a busy machine."""

_COMPOSE = "[data-lexical-editor=true]"
_CARD = ".ac-adaptiveCard"


class PlaygroundPage:
    """One person's Playground in a browser tab."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url
        self._newest_first = False
        """A channel shows its newest post at the top, a chat its newest message at the bottom."""
        page.set_default_timeout(PATIENCE_MS)

    async def open(self) -> Self:
        """Loads the page; the Playground then tells the bot that it was installed in the personal chat."""
        await self._page.goto(self._url)
        await self._page.get_by_role("button", name="Hide log panel").click()
        return self

    async def personal_chat(self) -> None:
        await self._page.get_by_role("treeitem", name="Personal Chat").click()
        await expect(self._page.get_by_role("button", name="Send Message")).to_be_visible()
        self._newest_first = False

    async def channel(self, name: str) -> None:
        """`name` as the Playground lists it, without its team."""
        await self._page.get_by_role("treeitem", name=re.compile(rf" - {re.escape(name)}$")).click()
        await expect(self._page.get_by_role("button", name="Post", exact=True)).to_be_visible()
        self._newest_first = True

    async def say(self, text: str) -> None:
        """Types a message in the chat that is open and sends it."""
        await self._compose(self._page.locator(_COMPOSE).last, text)
        await self._page.keyboard.press("Enter")

    async def post(self, text: str) -> None:
        """Starts a new post in the channel that is open, with a mention of the bot before the text."""
        compose = self._page.locator(_COMPOSE).first
        await self._compose(compose, "@")
        await self._page.get_by_role("listbox", name="Typeahead menu").get_by_role("menuitem").first.click()
        await self._page.keyboard.type(f" {text}")
        await self._page.get_by_role("button", name="Post", exact=True).click()

    def card(self, *texts: str) -> "CardOnPage":
        """The newest card in the open chat or channel that shows all these texts."""
        found = self._cards(*texts)
        return CardOnPage(self._page, found.first if self._newest_first else found.last)

    async def count_cards(self, *texts: str) -> int:
        return await self._cards(*texts).count()

    def _cards(self, *texts: str) -> Locator:
        found = self._page.locator(_CARD)
        for text in texts:
            found = found.filter(has_text=text)
        return found

    async def shows(self, text: str) -> None:
        """Waits until the text is on the page, in a card or beside one."""
        await expect(self._page.get_by_text(text).last).to_be_visible(timeout=PATIENCE_MS)

    async def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._page.mouse.move(0, 0)
        await self._page.screenshot(path=path, animations="disabled")

    async def _compose(self, compose: Locator, text: str) -> None:
        await compose.click()
        await compose.press_sequentially(text)


def _labelled(label: str) -> re.Pattern[str]:
    """The name that an input gets from its label: an asterisk where it is required, an error once it has one."""
    return re.compile(rf"^{re.escape(label)}\s*\*?(\s|$)")


class CardOnPage:
    """A card on the page. Each thing done to it waits for it first."""

    def __init__(self, page: Page, card: Locator) -> None:
        self._page = page
        self._card = card

    async def appears(self) -> Self:
        await expect(self._card).to_be_visible(timeout=PATIENCE_MS)
        await self._card.scroll_into_view_if_needed()
        return self

    async def text(self) -> str:
        await self.appears()
        return await self._card.inner_text()

    async def fill(self, label: str, value: str) -> Self:
        await self._card.get_by_label(_labelled(label)).fill(value)
        return self

    async def choose(self, label: str, *options: str) -> Self:
        """Chooses in a drop-down list, or ticks boxes or a radio button, under this label."""
        combo = self._card.get_by_role("combobox", name=_labelled(label))
        boxes = [
            self._card.get_by_role("checkbox", name=option).or_(self._card.get_by_role("radio", name=option))
            for option in options
        ]
        await combo.or_(boxes[0]).wait_for()
        if await combo.count():
            await combo.click()
            boxes = [self._page.get_by_role("option", name=option) for option in options]
        for box in boxes:
            await box.click()
        return self

    async def click(self, name: str, *, also: Sequence[str] = ()) -> Self:
        """Clicks a button by its whole name; `also` names buttons to open first (an overflow menu, a "more")."""
        for opener in also:
            await self._card.get_by_role("button", name=opener, exact=True).click()
        await self._card.get_by_role("button", name=name, exact=True).click()
        return self

    async def buttons(self) -> list[str]:
        await self.appears()
        return [text.strip() for text in await self._card.get_by_role("button").all_inner_texts()]

    async def becomes(self, *texts: str) -> Self:
        """Waits until this very card shows other texts: it was edited, or redrawn by the answer to a click."""
        for text in texts:
            await expect(self._card).to_contain_text(text, timeout=PATIENCE_MS)
        return self

    async def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.appears()
        await self._card.screenshot(path=path, animations="disabled")
