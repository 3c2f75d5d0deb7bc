"""The review in Chromium: links, sorting and filtering by mouse and keyboard, without script, dark and printed."""

import pytest
from html_pages import DIM
from reviewed_run import certificates

COLUMN = "#everyone tbody tr:not([hidden]) > :nth-child({})"


def column(tab, number):
    """The texts of a column of the table of all households, of the rows that are shown."""
    return tab.locator(COLUMN.format(number)).all_inner_texts()


def numbers(texts):
    return [float(text.replace(",", "").replace("−", "-")) for text in texts if text.strip()]


@pytest.fixture
def index(reviewed, opened):
    return opened(reviewed[2].folder / "index.html")


def test_every_link_of_the_book_opens_a_page_that_leads_back(reviewed, opened, index):
    links = index.locator("#everyone a")
    assert links.count() == reviewed[1].households
    for number in range(links.count()):
        name = links.nth(number).inner_text()
        links.nth(number).click()
        assert " ".join(index.locator("h1").inner_text().split()) == name
        index.get_by_role("link", name="All households").click()
        assert index.url.endswith("/index.html")


def test_a_click_on_a_head_sorts_and_a_second_one_turns_the_order(index):
    head = index.locator("#everyone th", has_text="Value")
    head.get_by_role("button").click()
    falling = numbers(column(index, 4))
    assert falling == sorted(falling, reverse=True)
    assert len(falling) > 5
    assert head.get_attribute("aria-sort") == "descending"
    assert column(index, 4)[-1] == ""  # no value: last in either order
    head.get_by_role("button").click()
    assert numbers(column(index, 4)) == falling[::-1]
    assert column(index, 4)[-1] == ""
    assert head.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize(
    ("place", "name"), [(6, "Tax"), (7, "Gain"), (8, "Drift left"), (9, "Gap, bp"), (10, "Seconds")]
)
def test_every_column_of_numbers_sorts_as_numbers(index, place, name):
    index.locator("#everyone th").nth(place - 1).get_by_role("button").click()
    shown = numbers(column(index, place))
    assert shown == sorted(shown, reverse=True), name


def test_the_keyboard_sorts_and_filters(index):
    index.get_by_label("Find").focus()
    index.keyboard.press("Tab")
    assert index.evaluate("document.activeElement.name") == "state"
    for _ in range(4):
        index.keyboard.press("Tab")
    assert index.evaluate("document.activeElement.textContent") == "State"
    index.keyboard.press("Enter")
    states = column(index, 2)
    assert states == sorted(states)
    index.keyboard.press("Space")
    assert column(index, 2) == states[::-1]
    index.get_by_label("Find").focus()
    index.keyboard.type("crash")
    assert column(index, 1) == ["crash_a"]


def test_filters_work_alone_and_together_and_are_counted(reviewed, index):
    found = certificates(reviewed[0]).values()
    index.get_by_label("State").select_option("refused")
    refused = sum(row["state"] == "refused" for row in found)
    assert column(index, 2) == ["refused"] * refused
    assert index.get_by_role("status").inner_text() == f"{refused} of {len(found)} households"
    index.get_by_label("Needs a person").select_option("limit used up")
    both = column(index, 3)
    assert 0 < len(both) < refused
    assert all("refused" in text and "limit used up" in text for text in both)
    index.get_by_label("Find").fill("no such household")
    assert column(index, 1) == []
    index.get_by_role("button", name="Show all").click()
    assert len(column(index, 1)) == len(found)


def test_a_filter_stays_when_the_order_turns(index):
    index.get_by_label("State").select_option("optimal")
    shown = sorted(column(index, 1))
    index.locator("#everyone th", has_text="Trades").get_by_role("button").click()
    assert sorted(column(index, 1)) == shown
    assert set(column(index, 2)) == {"optimal"}


def test_names_are_text_in_the_browser_too(reviewed, opened, index):
    for household, link in reviewed[2].links.items():
        if household.startswith(("<script>", "'\"")):
            tab = opened(reviewed[2].folder / link)
            assert tab.locator("h1").inner_text() == household
    index.get_by_label("Find").fill("<script>")
    assert column(index, 1) == ['<script>alert("x")</script>']


def test_without_script_all_households_are_in_a_plain_table(reviewed, opened):
    tab = opened(reviewed[2].folder / "index.html", java_script_enabled=False)
    assert tab.locator("#everyone tbody tr").count() == reviewed[1].households
    assert tab.locator("#everyone button").count() == 0
    assert not tab.locator("#filter").is_visible()
    assert tab.locator("#everyone a").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(reviewed, opened, scheme):
    for name in ("index.html", reviewed[2].links["faulty <b>"], reviewed[2].links["infeasible"]):
        assert opened(reviewed[2].folder / name, color_scheme=scheme).evaluate(DIM) == []


def test_in_print_the_form_is_gone_and_all_rows_are_there(reviewed, index):
    index.emulate_media(media="print")
    assert not index.locator("#filter").is_visible()
    assert len(column(index, 1)) == reviewed[1].households
    assert index.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [360, 800])
def test_on_a_narrow_screen_only_tables_scroll_sideways(reviewed, opened, width):
    for name in ("index.html", reviewed[2].links["faulty <b>"], reviewed[2].links["sleeve-s0-00000"]):
        tab = opened(reviewed[2].folder / name, width=width)
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
