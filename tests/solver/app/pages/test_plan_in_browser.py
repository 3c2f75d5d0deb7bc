"""The page of a plan in Chromium: light, dark, printed, narrow, by keyboard and without script."""

import pytest
from html_pages import DIM

from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household
from lotroute.solver import solve
from lotroute.solver.app.pages.plan_page import plan_page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "plan.html"
    plan = solve(Household.load("fixtures/must_split.json"))
    path.write_text(plan_page(plan, why=["its gain is large"], notes=["A note."], book="#main"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def sleeve(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "sleeve.html"
    path.write_text(plan_page(solve(generate_sleeve(0, 100), explain="codes")), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(opened, page, sleeve, scheme):
    for path in (page, sleeve):
        tab = opened(path, color_scheme=scheme)
        assert tab.evaluate(DIM) == []
        red, green, blue = tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (red + green + blue > 600) == (scheme == "light")


def test_in_print_it_is_black_on_white_and_no_row_is_cut(opened, page):
    tab = opened(page, color_scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert tab.evaluate("[...document.querySelectorAll('tr')].every(r => getComputedStyle(r).breakInside === 'avoid')")
    assert not tab.locator("nav, .contents, .screen").first.is_visible()
    assert tab.evaluate(DIM) == []


@pytest.mark.parametrize("width", [360, 800])
def test_on_a_narrow_screen_only_tables_scroll_sideways(opened, page, sleeve, width):
    for path in (page, sleeve):
        tab = opened(path, width=width)
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert tab.evaluate("[...document.querySelectorAll('.why span')].every(s => s.offsetWidth <= innerWidth)")


def test_the_keyboard_reaches_the_content_first_and_the_focus_is_seen(opened, page):
    tab = opened(page)
    tab.keyboard.press("Tab")
    skip = tab.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["x"] >= 0
    assert skip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#main"


def test_without_script_it_is_the_same_page(opened, page):
    with_script, without = opened(page), opened(page, java_script_enabled=False)
    assert without.inner_text("main") == with_script.inner_text("main")


def test_every_link_leads_somewhere(opened, page):
    tab = opened(page)
    for link in tab.locator("a").all():
        target = link.get_attribute("href")
        assert tab.locator(f"[id='{target[1:]}']").count() == 1


def test_tables_have_captions_and_heads_with_scope(opened, sleeve):
    tab = opened(sleeve)
    assert tab.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && t.tHead)")
    assert tab.evaluate("[...document.querySelectorAll('th')].every(t => t.scope)")
    assert tab.evaluate("[...document.querySelectorAll('td svg')].every(s => s.getAttribute('aria-label'))")


def test_every_column_of_trades_has_room(opened, page, sleeve):
    for path in (page, sleeve):
        for width in (360, 1200):
            heads = opened(path, width=width).locator(".trades thead th")
            assert min(heads.evaluate_all("heads => heads.map(head => head.offsetWidth)")) > 40
