"""The app package: complete, within Teams' limits, the same bytes each time, and its commands are understood."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.domain.shortid import new_id
from bot.workflow.actions import Mistyped, Say
from cards import parse_words
from manifest.package import HERE, PackageError, check_limits, fill_in, write_package

APP_ID = "00000000-0000-0000-0000-00000000b071"
GOOD: dict[str, Any] = {"app_id": APP_ID, "public_url": "https://bot.contoso.example"}


def in_package(path: Path, name: str) -> Any:
    with zipfile.ZipFile(path) as package:
        return json.loads(package.read(name))


def test_the_package_holds_the_manifest_its_icons_and_its_languages_at_the_top(tmp_path: Path) -> None:
    path = write_package(tmp_path / "app.zip", **GOOD)
    manifest = in_package(path, "manifest.json")
    named = {"manifest.json", manifest["icons"]["color"], manifest["icons"]["outline"]}
    named |= {language["file"] for language in manifest["localizationInfo"]["additionalLanguages"]}
    assert set(zipfile.ZipFile(path).namelist()) == named
    assert manifest["id"] == manifest["bots"][0]["botId"] == APP_ID
    assert manifest["bots"][0]["scopes"] == ["personal", "team"]
    assert manifest["validDomains"] == ["bot.contoso.example"]
    assert manifest["developer"]["privacyUrl"] == "https://bot.contoso.example/privacy"
    assert manifest["$schema"].endswith(f"/v{manifest['manifestVersion']}/MicrosoftTeams.schema.json")


def test_an_app_of_team_scope_declares_its_channel_features(tmp_path: Path) -> None:
    """Since 1.25 an upload without it fails."""
    assert (
        in_package(write_package(tmp_path / "app.zip", **GOOD), "manifest.json")["supportsChannelFeatures"] == "tier1"
    )


def test_the_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    one = write_package(tmp_path / "one.zip", **GOOD).read_bytes()
    assert write_package(tmp_path / "two.zip", **GOOD).read_bytes() == one


@pytest.mark.parametrize(
    "wrong",
    [
        {"app_id": "the-bot"},
        {"app_id": ""},
        {"public_url": "http://bot.contoso.example"},
        {"public_url": "bot.contoso.example"},
        {"public_url": "https://"},
        {"version": "1.0"},
        {"version": "v1.0.0"},
        {"developer": ""},
        {"developer": "x" * 33},
        {"privacy_url": "http://contoso.example/privacy"},
    ],
)
def test_a_setting_that_teams_would_refuse_is_refused_and_nothing_is_written(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    path = tmp_path / "app.zip"
    with pytest.raises(PackageError):
        write_package(path, **{**GOOD, **wrong})
    assert not path.exists()


@pytest.mark.parametrize(
    "key",
    [
        "description.short",
        "bots[0].commandLists[0].commands[0].title",
        "bots[0].commandLists[1].commands[1].description",
    ],
)
def test_a_translation_that_is_too_long_is_refused(key: str) -> None:
    translation = json.loads((HERE / "zh-tw.json").read_text(encoding="utf-8"))
    with pytest.raises(PackageError):
        check_limits(_manifest(), {**translation, key: "長" * 200})


def test_a_translation_of_a_command_that_is_not_there_is_refused() -> None:
    translation = json.loads((HERE / "zh-tw.json").read_text(encoding="utf-8"))
    with pytest.raises(PackageError, match="does not have"):
        check_limits(_manifest(), {**translation, "bots[0].commandLists[0].commands[9].title": "無"})


def test_every_text_is_translated() -> None:
    translation = json.loads((HERE / "zh-tw.json").read_text(encoding="utf-8"))
    for at, commands in enumerate(_manifest()["bots"][0]["commandLists"]):
        for index in range(len(commands["commands"])):
            for what in ("title", "description"):
                text = translation[f"bots[0].commandLists[{at}].commands[{index}].{what}"]
                assert re.search(r"[\u4e00-\u9fff]", text)


def test_every_command_in_either_language_is_understood_as_one() -> None:
    """With what a person adds to it: an id for those about one request, a channel's name for the binding."""
    translation = json.loads((HERE / "zh-tw.json").read_text(encoding="utf-8"))
    for at, commands in enumerate(_manifest()["bots"][0]["commandLists"]):
        for index, command in enumerate(commands["commands"]):
            needs = re.search(r"and its id|its id,|by the name", command["description"])
            more = "" if needs is None else " guest-requests" if "name" in needs[0] else f" {new_id()} because"
            if command["title"] in ("status", "end access", "approve"):
                more = f" {new_id()}"
            chinese = translation[f"bots[0].commandLists[{at}].commands[{index}].title"]
            for title, locale in ((command["title"], "en"), (chinese, "zh-Hant")):
                assert not isinstance(parse_words(f"{title}{more}", locale), Say | Mistyped), title


def test_the_icons_have_teams_sizes_and_the_outline_is_white_on_nothing() -> None:
    assert Image.open(HERE / "color.png").size == (192, 192)
    outline = Image.open(HERE / "outline.png").convert("RGBA")
    assert outline.size == (32, 32)
    pixels = [outline.getpixel((x, y)) for x in range(32) for y in range(32)]
    seen = [pixel for pixel in pixels if isinstance(pixel, tuple) and pixel[3] > 0]
    assert {pixel[:3] for pixel in seen} == {(255, 255, 255)}
    assert 100 < len(seen) < 700


def test_the_icons_are_the_ones_that_the_script_draws(tmp_path: Path) -> None:
    from manifest.draw_icons import color_icon, outline_icon

    for icon, name in ((color_icon(), "color.png"), (outline_icon(), "outline.png")):
        icon.save(tmp_path / name)
        assert Image.open(tmp_path / name).tobytes() == Image.open(HERE / name).tobytes()


def _manifest() -> dict[str, Any]:
    return fill_in(app_id=APP_ID, public_url="https://bot.contoso.example", version="1.0.0", developer="Contoso")
