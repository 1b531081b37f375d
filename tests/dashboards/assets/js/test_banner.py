"""The banner: shown while there is something to say, with a way back in for who can sign in, and for nobody else."""

import pytest

from fixtures.scripts import Scripts


@pytest.fixture(autouse=True)
def banner(scripts: Scripts) -> None:
    """Put the banner into a page of a street."""
    scripts.open("/districts/440105?street=440105001&lang=en")
    scripts.speak("en")
    scripts.body('<div id="banner"></div>')


def shown(scripts: Scripts) -> tuple[str, bool]:
    return (
        scripts.ask("document.getElementById('banner').textContent"),
        scripts.ask("document.getElementById('banner').classList.contains('is-shown')"),
    )


def test_it_says_what_it_is_told_as_text_and_goes_away_again(scripts: Scripts) -> None:
    scripts.ask("cityops.banner.show('<b>Lost</b>', null)")
    assert shown(scripts) == ("<b>Lost</b>", True)
    scripts.ask("cityops.banner.show('Other', null)")
    assert shown(scripts) == ("Other", True)
    scripts.ask("cityops.banner.show(null, null)")
    assert shown(scripts) == ("", False)


@pytest.mark.parametrize(("lang", "words", "asked"), [("en", "Sign in again", "lang=en&"), ("zh", "重新登录", "")])
def test_whose_session_has_ended_signs_in_and_comes_back_here(
    scripts: Scripts, lang: str, words: str, asked: str
) -> None:
    scripts.speak(lang)
    scripts.ask("cityops.banner.show('Ended. ', 'session')")
    onward = "%2Fdistricts%2F440105%3Fstreet%3D440105001%26lang%3Den"
    assert scripts.texts("#banner a") == [words]
    assert scripts.every("#banner a", "one.getAttribute('href')") == [f"/sign-in?{asked}next={onward}"]


@pytest.mark.parametrize(
    ("told", "ended"), [("Ended", "display"), ("Refused", "refused"), ("Lost", None), (None, "session")]
)
def test_nobody_else_is_shown_a_way_in(scripts: Scripts, told: str | None, ended: str | None) -> None:
    scripts.ask("([told, ended]) => cityops.banner.show(told, ended)", [told, ended])
    assert scripts.texts("#banner a") == []


def test_a_page_without_a_banner_is_left_alone(scripts: Scripts) -> None:
    scripts.body("<p>nothing</p>")
    scripts.ask("cityops.banner.show('Lost', 'session')")
    assert scripts.texts("body") == ["nothing"]
