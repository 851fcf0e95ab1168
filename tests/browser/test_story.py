"""The main job as people see it: asked, decided, invited and told; denied; refused by policy and mended.

Nothing is stood in for: the bot's own process, the sandbox directory, Microsoft's client in a browser.
"""

from playwright.async_api import Browser, expect

from tests.browser.conftest import SCREENSHOTS, WINDOW, Sandbox
from tests.browser.playground_page import PATIENCE_MS, CardOnPage, PlaygroundPage

WHY = "Ana leads the joint design review at Fabrikam and needs its planning board."


async def test_a_sponsor_asks_an_approver_decides_the_guest_is_invited_and_the_sponsor_told(
    sandbox: Sandbox, browser: Browser, sponsor: PlaygroundPage, approver: PlaygroundPage
) -> None:
    await _asks_for_ana(sponsor)

    asked = approver.card("Access for Ana Silva")
    assert "Adele Vance" in await asked.text()
    assert WHY in await asked.text()
    await approver.screenshot(SCREENSHOTS / "approval-asked.png")
    await asked.click(await _the_button(asked, "Approve until"))
    await asked.becomes("Megan Bowen approved")
    await asked.becomes("Guest invited", "Application roles given")
    assert not [button for button in await asked.buttons() if button]
    await approver.screenshot(SCREENSHOTS / "approval-decided.png")

    told = sponsor.card("Access for Ana Silva", "Access given")
    await told.becomes("Megan Bowen approved", "The invitation was sent by mail")
    await sponsor.screenshot(SCREENSHOTS / "sponsor-told.png")

    await _accepts_the_invitation(sandbox, browser, "ana@fabrikam.com")
    await sponsor.card("Access for Ana Silva", "Your guest has accepted").appears()
    await sponsor.say("my guests")
    await sponsor.card("My guests", "Ana Silva", "Invitation accepted", "Project Falcon workspace").appears()
    await sponsor.screenshot(SCREENSHOTS / "my-guests.png")


async def test_a_denial_needs_a_reason_and_the_sponsor_reads_it(
    sponsor: PlaygroundPage, approver: PlaygroundPage
) -> None:
    await _asks_for_ana(sponsor)

    asked = await approver.card("Access for Ana Silva").appears()
    await asked.click("Deny")
    await asked.fill("Why you deny", "The review has been put off until spring.")
    await approver.screenshot(SCREENSHOTS / "denial-reason.png")
    await asked.click("Deny this request")
    await asked.becomes("Megan Bowen denied", "The review has been put off until spring.")
    assert not [button for button in await asked.buttons() if button]

    await sponsor.card("Access for Ana Silva", "put off until spring").appears()
    await sponsor.screenshot(SCREENSHOTS / "sponsor-denied.png")


async def test_what_policy_refuses_is_said_at_once_and_can_be_mended(
    sponsor: PlaygroundPage, approver: PlaygroundPage
) -> None:
    await sponsor.card("Hello Adele").click("Request access")
    asked = sponsor.card("Who is the guest?")
    await asked.fill("E-mail address", "ana@gmail.com")
    await asked.click("Next")
    await sponsor.card("gmail.com is for private mail", "Ask your guest for their work address").appears()
    await sponsor.screenshot(SCREENSHOTS / "refused-address.png")

    await sponsor.say("back")
    await sponsor.say("Ana Silva <ana@fabrikam.com>")
    await sponsor.card("What is the guest's name?", "our partner Fabrikam").click("Next")
    await sponsor.say("Falcon")
    await sponsor.card("How long is it needed?").appears()
    await sponsor.say("120 days")
    await sponsor.card("at most 90 are allowed").appears()
    await sponsor.screenshot(SCREENSHOTS / "refused-duration.png")
    await sponsor.card("How long is it needed?").click("90 days")
    await sponsor.card("Why is it needed?").appears()
    await sponsor.say(WHY)
    await sponsor.card("Which project code").appears()
    await sponsor.say("FLC-2041")
    await sponsor.card("Check and submit", "What policy says").click("Submit request")
    await approver.card("Access for Ana Silva", "90 days").appears()


async def _asks_for_ana(sponsor: PlaygroundPage) -> None:
    """By cards and by typing, each as it comes."""
    await sponsor.card("Hello Adele").appears()
    await sponsor.screenshot(SCREENSHOTS / "welcome.png")
    await sponsor.card("Hello Adele").click("Request access")
    question = sponsor.card("Who is the guest?")
    await question.fill("E-mail address", "Ana Silva <ana@fabrikam.com>")
    await question.click("Next")
    await sponsor.card("What is the guest's name?", "our partner Fabrikam").click("Next")
    packages = sponsor.card("What access does the guest need?")
    await packages.choose("Access packages", "Project Falcon workspace")
    await sponsor.screenshot(SCREENSHOTS / "question-packages.png")
    await packages.click("Next")
    await sponsor.card("How long is it needed?").appears()
    await sponsor.say("60 days")
    await sponsor.card("Why is it needed?").appears()
    await sponsor.say(WHY)
    code = sponsor.card("Which project code")
    await code.fill("Your answer", "FLC-2041")
    await code.click("Next")
    review = await sponsor.card("Check and submit", "Needs Megan Bowen or 3 others in Guest approvers").appears()
    await sponsor.screenshot(SCREENSHOTS / "review.png")
    await review.click("Submit request")
    await sponsor.card("Access for Ana Silva", "Waiting for a decision").appears()
    await sponsor.screenshot(SCREENSHOTS / "submitted.png")


async def _the_button(card: CardOnPage, beginning: str) -> str:
    """The whole name of the card's only button that begins so: the day in it depends on today."""
    (name,) = [button for button in await card.buttons() if button.startswith(beginning)]
    return name


async def _accepts_the_invitation(sandbox: Sandbox, browser: Browser, address: str) -> None:
    """As the guest does: from the mail, which the sandbox shows instead of sending it."""
    page = await browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]
    await page.goto(sandbox.directory)
    await page.get_by_role("row").filter(has_text=address).get_by_role("link", name="Open").click()
    await page.screenshot(path=SCREENSHOTS / "invitation.png")
    await page.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("heading", name="You have accepted")).to_be_visible(timeout=PATIENCE_MS)
    await page.close()
