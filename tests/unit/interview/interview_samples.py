"""A policy's offer to hold an interview under, and steps through one."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.domain.packages import AccessPackage, Grants
from bot.interview.answers import answer
from bot.interview.draft import Draft, Known, Problem
from bot.interview.message import Understood, read_message
from bot.interview.questions import settle
from policies.model import PolicyQuestion, QuestionKind
from policies.offer import Offer, OfferedPackage

TODAY = date(2026, 11, 23)
"""A Monday."""

JUSTIFICATION = "The joint design review of the new wing"

PROJECT_CODE = PolicyQuestion(
    key="project-code",
    kind=QuestionKind.TEXT,
    text={"": "Which project code pays for it?", "zh-Hant": "由哪個專案代碼支付？"},
    help={"": "Two letters, a hyphen, four digits.", "zh-Hant": ""},
    pattern=r"[A-Z]{2}-\d{4}",
    choices={},
)
DATA = PolicyQuestion(
    key="data",
    kind=QuestionKind.CHOICE,
    text={"": "Which data will the guest see?"},
    help={"": ""},
    choices={
        "public": {"": "Public data", "zh-Hant": "公開資料"},
        "internal": {"": "Internal data", "zh-Hant": "內部資料"},
    },
)


def package(key: str, name: str, chinese: str) -> AccessPackage:
    return AccessPackage(
        key=key,
        name={"": name, "zh-Hant": chinese},
        description={"": f"About {name}"},
        package_class="standard",
        owner_group="owners",
        grants=Grants(),
    )


FALCON = package("project-falcon", "Project Falcon workspace", "獵鷹專案工作區")
EAGLE = package("project-eagle", "Project Eagle workspace", "老鷹專案工作區")
LIBRARY = package("design-library", "Design library", "設計素材庫")
VPN = package("vpn", "VPN", "VPN")

LONGEST = {"project-falcon": 180, "project-eagle": 60, "design-library": 365, "vpn": 30}
ASKED = {"project-falcon": (PROJECT_CODE,), "vpn": (DATA,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the workflow would look up for a draft: the offer depends on the guest's domain and on the packages."""

    today: date = TODAY
    fewest: int = 20

    def around(self, draft: Draft) -> tuple[Offer, Known]:
        domain = (draft.address or "").rpartition("@")[2]
        offered = (FALCON, EAGLE, LIBRARY, VPN) if domain in ("", "fabrikam.com") else (LIBRARY, VPN)
        chosen = draft.packages or ()
        questions = dict.fromkeys(question.key for key in chosen for question in ASKED.get(key, ()))
        by_key = {question.key: question for question in (PROJECT_CODE, DATA)}
        offer = Offer(
            packages=tuple(OfferedPackage(package=one, max_days=LONGEST[one.key], justification=0) for one in offered),
            denials=(),
            questions=tuple(by_key[key] for key in questions),
            max_days=min((LONGEST[key] for key in chosen), default=None),
            justification=self.fewest if chosen else 0,
        )
        known = Known(
            today=self.today,
            own_domains=frozenset({"contoso.com"}),
            holds={"vpn": self.today + timedelta(days=9)} if draft.address == "holder@fabrikam.com" else {},
            under_way={"project-eagle": "7KQ2M9X"} if draft.address == "waiting@fabrikam.com" else {},
            partner_name="Fabrikam" if domain == "fabrikam.com" else None,
        )
        return offer, known

    def settled(self, draft: Draft) -> Draft:
        return settle(draft, *self.around(draft))

    def stored(self, draft: Draft) -> Draft:
        settled = self.settled(draft)
        return replace(settled, version=draft.version + 1)

    def answered(self, draft: Draft, question: str, *values: str) -> Draft:
        """The draft with this answer, which must do."""
        result = answer(draft, question, values, *self.around(draft), locale=draft.locale)
        assert isinstance(result, Draft), result
        return self.stored(result)

    def refused(self, draft: Draft, question: str, *values: str) -> Problem:
        """What is wrong with this answer, which must not do."""
        result = answer(draft, question, values, *self.around(draft), locale=draft.locale)
        assert isinstance(result, Problem), result
        return result

    def read(self, text: str, draft: Draft) -> Understood:
        return read_message(text, draft, *self.around(draft))

    def said(self, text: str, draft: Draft) -> Draft:
        return self.stored(self.read(text, draft).draft)


def empty(locale: str = "en") -> Draft:
    return Draft(id="draft", locale=locale, time_zone="UTC")


def complete(world: World) -> Draft:
    """A draft at its review: Falcon for Ana, 60 days."""
    draft = world.answered(empty(), "address", "ana@fabrikam.com")
    draft = world.answered(draft, "name", "Ana Silva")
    draft = world.answered(draft, "packages", "project-falcon")
    draft = world.answered(draft, "duration", "60 days")
    draft = world.answered(draft, "justification", JUSTIFICATION)
    return world.answered(draft, "custom:project-code", "AB-1234")
