"""The page of a plan in Chromium: light, dark, printed, narrow, by keyboard and without script."""

import pytest

from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household
from lotroute.solver import solve
from lotroute.solver.app.pages.plan_page import plan_page

DIM = """
() => {
  const parse = color => color.match(/[\\d.]+/g).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const dim = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const [text, paper] = [light(parse(getComputedStyle(element).color).slice(0, 3)), light(behind(element))];
    const contrast = (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05);
    if (contrast < 4.5) dim.push([element.textContent.trim().slice(0, 40), contrast]);
  }
  return dim;
}
"""
"""Text whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""


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
