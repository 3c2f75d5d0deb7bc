"""How a plan is shown: its figures, its frames, its picture, and a card in a notebook."""

from io import BytesIO
from pathlib import Path
from typing import get_args

import pytest
from html_pages import DIM
from markupsafe import escape
from matplotlib.text import Text
from random_households import featured_household, featured_policy

from lotroute.fixtures.generator import generate
from lotroute.fixtures.sleeve import generate_sleeve
from lotroute.models import Household, Plan
from lotroute.models.plan.views.plan_picture import tax_parts
from lotroute.models.plan.views.style import BAND, drawing
from lotroute.models.schema.record import Record
from lotroute.solver import route, solve

NOTHING = {"lots": [], "cash": 0}


@pytest.fixture(scope="module")
def plans():
    homes = [Household.load("fixtures/must_split.json"), *generate(3, 5), generate_sleeve(0, 100)]
    featured = [(home := featured_household(seed), featured_policy(seed, home)) for seed in (1, 2, 3)]
    plans = [*(solve(home, explain="codes") for home in homes), *(solve(*each, explain="codes") for each in featured)]
    emptied = {f"accounts.{account.id}.{name}": none for account in homes[0].accounts for name, none in NOTHING.items()}
    return [*plans, route(homes[0].with_(emptied)), route(homes[0].with_({"accounts.ira.cash": -100_000}))]


# -- figures and frames ------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_trades_the_classes_and_the_bills(plans):
    for plan in plans:
        found, trades = plan.summary(), plan.trades_frame()
        for side, name in (("sell", "sold"), ("buy", "bought")):
            assert found[name] == pytest.approx(trades.proceeds[trades.side == side].abs().sum(), abs=0.01)
        for term in ("short", "long"):
            assert found[f"{term}_gain"] == pytest.approx(trades.gain[trades.term == term].sum(), abs=0.01)
        assert found["losses"] == pytest.approx(-trades.gain.dropna().clip(upper=0).sum(), abs=0.01)
        assert found["orders"] == len(trades.groupby(["account", "symbol", "side"]))
        assert found["tax_change"] == pytest.approx(plan.tax_after.total - plan.tax_before.total, abs=0.005)
        assert found["money"] + found["penalties"] == pytest.approx(plan.objective, abs=0.02)
        for when in ("before", "after"):
            rows = [(getattr(row, when) / (plan.target_value or 1), row) for row in plan.classes]
            moved = sum(abs(weight - row.target) for weight, row in rows) / 2 * plan.target_value
            off = sum(max(weight - row.upper, row.lower - weight, 0) for weight, row in rows) * plan.target_value
            assert found[f"drift_{when}"] == pytest.approx(moved, abs=0.01)
            assert found[f"outside_{when}"] == pytest.approx(off, abs=0.01)
    assert plans[4].summary()["name_drift_before"] > 0


def test_every_list_of_a_plan_is_a_frame_even_if_it_is_empty(plans):
    for plan in plans:
        frames = plan.to_frames()
        for name, info in Plan.model_fields.items():
            kind = next(iter(get_args(info.annotation)), None)
            if isinstance(getattr(plan, name), tuple) and isinstance(kind, type) and issubclass(kind, Record):
                assert len(frames[name]) == len(getattr(plan, name))
                assert {*kind.model_fields} <= {*frames[name].columns}, name
        assert frames["parts"].dollars.sum() == pytest.approx(plan.objective, abs=0.05)
        total = frames["tax"].set_index("name").loc["tax"]
        assert (total.before, total.after) == (plan.tax_before.total, plan.tax_after.total)
        assert frames["summary"].iloc[0].to_dict().keys() == plan.summary().keys()
        assert frames["trades"].equals(plan.trades_frame())
        assert {*frames["baselines"].name} == {*plan.baselines}


def test_a_line_says_which_plan_and_which_household_it_is(plans):
    household = Household.load("fixtures/must_split.json")
    assert repr(household) == str(household) == "Household('must_split', 2026-06-15: 3 accounts, 8 lots, $866,940)"
    assert repr(plans[0]) == "Plan('must_split', 2026-06-15: 6 trades, tax +$3,454, objective $4,854, optimal)"
    assert all("\n" not in repr(plan) for plan in plans)


# -- the picture -------------------------------------------------------------------------------------------------------


def test_the_picture_has_three_panels_with_every_class_part_and_account(plans):
    for plan in plans:
        figure = plan.plot()
        assert [axes.get_title(loc="left") for axes in figure.axes] == [
            "Holdings against their bands",
            "Tax of the year",
            "What each account does",
        ]
        holdings, _, accounts = figure.axes
        assert [label.get_text() for label in holdings.get_yticklabels()] == [row.asset_class for row in plan.classes]
        bands = [end for bar in holdings.patches for end in (bar.get_x(), bar.get_x() + bar.get_width())]
        assert bands == pytest.approx([end for row in plan.classes for end in (row.lower, row.upper)])
        assert [label.get_text() for label in accounts.get_yticklabels()] == [*plan.cash_after]


def test_the_parts_of_the_tax_sum_to_it(plans):
    for plan in plans:
        parts = tax_parts(plan.tax_before, plan.tax_after)
        *single, (before, after) = parts.values()
        assert (before, after) == (plan.tax_before.total, plan.tax_after.total)
        assert sum(old for old, _ in single) == pytest.approx(before, abs=0.03)
        assert sum(new for _, new in single) == pytest.approx(after, abs=0.03)


def test_no_two_labels_of_a_picture_overlap(plans):
    for plan in plans:
        figure = plan.plot()
        figure.draw_without_rendering()
        ticks = [tick.label1 for axes in figure.axes for tick in axes.xaxis.get_major_ticks()]  # some are not drawn
        found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text() and text not in ticks]
        shown = {id(text): text for text in found}
        boxes = [(text.get_text(), text.get_window_extent()) for text in shown.values()]
        for number, (words, box) in enumerate(boxes):
            assert figure.bbox.padded(1).contains(box.x0, box.y0), words
            assert figure.bbox.padded(1).contains(box.x1, box.y1), words
            for other, next_box in boxes[number + 1 :]:
                assert not box.padded(-1.5).overlaps(next_box.padded(-1.5)), (plan.household, words, other)


def test_the_picture_is_a_file_the_same_every_time_and_shows_in_a_notebook(plans):
    def drawn():
        written = BytesIO()
        with drawing():
            plans[0].plot().savefig(written, format="svg", metadata={"Date": None})
        return written.getvalue()

    assert drawn() == drawn()
    assert b"$105,621" in drawn()  # text, not a formula
    assert BAND.encode() in drawn()
    assert plans[0].plot()._repr_png_().startswith(b"\x89PNG")


def test_without_matplotlib_what_to_install_is_said(plans, monkeypatch):
    for name in ("matplotlib", "lotroute.models.plan.views.plan_picture"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ImportError, match=r"pip install lotroute\[bench\]"):
        plans[0].plot()


# -- the card ----------------------------------------------------------------------------------------------------------


def test_everything_on_a_card_is_escaped():
    home = Household.load("fixtures/must_split.json")
    text = home.model_dump_json().replace("us_stock", "<b>us & uk</b>").replace('"ira"', '"<script>"')
    home = Household.model_validate_json(text)
    for card in (home._repr_html_(), solve(home)._repr_html_()):
        assert "<script>" not in card
        assert "&lt;script&gt;" in card
        assert "&lt;b&gt;us &amp; uk&lt;/b&gt;" in card


@pytest.mark.parametrize("theme", ["background: #fff; color: #111", "background: #111; color: #ddd"])
def test_a_card_fits_a_screen_and_is_readable_on_light_and_dark(plans, opened, tmp_path, theme):
    large = Household.model_validate(many_classes())
    cards = [*(plan._repr_html_() for plan in plans), large._repr_html_(), solve(large, explain="codes")._repr_html_()]
    page = tmp_path / "cards.html"
    page.write_text(f'<meta charset="utf-8"><body style="{theme}">{"".join(cards)}', encoding="utf-8")
    tab = opened(page, width=980)
    assert tab.evaluate(DIM) == []
    heights = tab.evaluate("[...document.querySelectorAll('.lotroute')].map(card => card.offsetHeight)")
    assert len(heights) == len(cards)
    assert max(heights) <= 720
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def many_classes():
    names = [f"class {number} with a long name" for number in range(25)]
    securities = [{"symbol": f"S{n}", "price": 10, "exposures": name} for n, name in enumerate(names)]
    accounts = [
        {
            "id": f"account {number} of the family trust",
            "kind": "taxable",
            "cash": 1000,
            "lots": [
                {"id": f"{n}", "symbol": f"S{n}", "quantity": 50 + n, "basis_per_share": 9, "acquired": "2020-01-02"}
                for n in range(25)
            ],
        }
        for number in range(15)
    ]
    return {
        "trade_date": "2026-06-15",
        "taxpayer": {"rates": {"short": 0.3, "long": 0.15}},
        "accounts": accounts,
        "securities": securities,
        "targets": [{"asset_class": name, "weight": 0.04} for name in names],
    }


def test_a_plan_that_breaks_a_rule_says_so_on_its_card(plans):
    broken = [plan for plan in plans if plan.violations]
    assert broken
    for plan in plans:
        assert ("Breaks a hard rule" in plan._repr_html_()) == (plan in broken)
    assert escape(broken[0].violations[0].text) in broken[0]._repr_html_()
    assert broken[0].summary()["rules_broken"] == len(broken[0].to_frames()["violations"]) > 0


def test_the_money_that_a_plan_moves_is_on_its_card_and_in_its_picture():
    page = Path("docs/household.md").read_text(encoding="utf-8")
    home = Household.model_validate_json(page.partition("```json\n")[2].partition("```")[0])
    plan = solve(home.with_(contribution=12_000), explain="codes")
    [transfer] = plan.transfers
    assert f"Contribution: {escape(transfer.text)}" in plan._repr_html_()
    assert plan.to_frames()["transfers"].amount.sum() == 12_000
    words = {text.get_text() for text in plan.plot().findobj(Text)}
    assert any(text.startswith("$12,000 in, cash $0") for text in words)
