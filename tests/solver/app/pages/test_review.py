"""The review of a run: nothing of the run is missing on its pages, and its figures are those of the rows."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from html_pages import every, external, number, read, rows, section
from reviewed_run import NAMES, Review, certificates, spoil, table
from runs_of_books import book_of
from runs_of_books import run as plan_run

from lotroute.models import Household, InputError
from lotroute.solver.app.pages import review as reviewing
from lotroute.solver.app.pages.person import KINDS, Thresholds
from lotroute.solver.app.pages.review import review

UNPLANNED = ("refused", "failed")

MUST_SPLIT = Path("fixtures/must_split.json").absolute()


def captioned(page, words):
    return next(each for each in page.all("table") if next(each.all("caption")).text.startswith(words))


def words(text):
    return " ".join(str(text or "").split())


def test_every_household_is_listed_once_and_every_link_leads_to_its_page(reviewed):
    run, done, pages = reviewed
    assert sorted(pages.links) == sorted(words(name) for name in certificates(run))
    assert done.households == len(pages.links)
    assert len(set(pages.links.values())) == len(pages.links)
    for file in (pages.folder / "households").iterdir():
        page = read(file.read_text(encoding="utf-8"))
        for link in page.all("a"):
            where = link.attributes["href"]
            assert where.startswith("#") or (file.parent / where).resolve().is_file()
    for household in certificates(run):
        assert next(pages.page(household).all("h1")).text == words(household)
    links = [link.attributes["href"] for link in pages.index.all("a") if not link.attributes["href"].startswith("#")]
    assert all((pages.folder / where).is_file() for where in links)


def test_no_name_is_markup_and_nothing_is_loaded(reviewed):
    _, _, pages = reviewed
    assert [script.attributes for script in pages.index.all("script")] == [{}]
    assert list(external(pages.index)) == []
    for name in NAMES:
        page = pages.page(name)
        assert list(page.all("script")) == []
        assert list(external(page)) == []
        assert not any(each.name in ("b", "i", "img") for each in every(page))
    assert {path.parent for path in pages.folder.rglob("*.html")} == {pages.folder, pages.folder / "households"}


def test_the_page_of_a_household_without_a_plan_has_every_fault_and_the_log(reviewed):
    run, _, pages = reviewed
    rows_of = {name: table(run, "failures", f"household_id = '{name}'") for name in ("faulty <b>", "crash_a")}
    assert len(rows_of["faulty <b>"]) == 2
    for household, faults in rows_of.items():
        page = pages.page(household)
        shown = [tuple(cell.text for cell in row.values()) for row in rows(next(section(page, "faults").all("table")))]
        assert shown == [tuple(words(f[name]) for name in ("path", "message", "hint", "place")) for f in faults]
        assert '"event": "household"' in section(page, "attempts").text
        assert f"{certificates(run)[household]['attempts']} attempt" in section(page, "attempts").text
    assert "ended by SIGSEGV" in pages.page("crash_a").text


def test_a_plan_that_breaks_a_rule_is_shown_with_the_rule_and_not_to_be_placed(reviewed):
    run, _, pages = reviewed
    page = pages.page("infeasible")
    [fault] = table(run, "failures", "household_id = 'infeasible'")
    assert words(fault["message"]).partition("this rule: ")[2] in section(page, "violations").text
    assert "these trades are not to be placed" in page.text


def test_the_trades_and_bills_of_the_run_are_on_the_pages(reviewed):
    run, _, pages = reviewed
    for household, row in certificates(run).items():
        if row["state"] in UNPLANNED:
            continue
        page = pages.page(household)
        ours = household.replace("'", "''")
        trades = table(run, "trades", f"household_id = '{ours}'")
        shown = [row for each in section(page, "trades").all("table") for row in rows(each)]
        found = sorted((row["Action"].text.lower(), row["Symbol"].text, number(row["Shares"])) for row in shown)
        assert found == sorted((each["side"], each["symbol"], each["quantity"]) for each in trades)
        lines = {(number(line["Before"]), number(line["After"])) for line in rows(captioned(page, "The bill"))}
        before, after = sorted(
            table(run, "bills", f"household_id = '{ours}'"), key=lambda bill: bill["when"] != "before"
        )
        for name in before.keys() - {"household_id", "when"}:
            assert not (before[name] or after[name]) or (before[name], after[name]) in lines
        assert f"in {row['seconds']:.2f} s" in section(page, "how").text


def test_those_that_need_a_person_come_by_urgency_with_every_reason_in_sentences(reviewed):
    run, done, pages = reviewed
    listed = list(rows(captioned(pages.index, "The most urgent")))
    marked = {row["Household"].text: row["Needs a person"].text for row in rows(pages.everyone)}
    assert sorted(row["Household"].text for row in listed) == sorted(name for name, kinds in marked.items() if kinds)
    first = [KINDS.index(marked[row["Household"].text].partition(", ")[0]) for row in listed]
    assert first == sorted(first)
    assert len(listed) == done.persons["any"]
    with_plan = {row["household_id"] for row in table(run, "plans")}
    stated = 0
    for row in listed:
        household = next(name for name in certificates(run) if words(name) == row["Household"].text)
        if household not in with_plan:
            continue
        page = pages.page(household)
        assert row["Why"].text == "; ".join(item.text for item in section(page, "person").all("li"))
        plan = json.loads(table(run, "plans", f"household_id = '{household.replace(chr(39), chr(39) * 2)}'")[0]["plan"])
        stated += 1
        sentences = [each for each in section(page, "trades").all("td") if "why" in each.classes()]
        assert len(sentences) == len(plan["trades"])
        assert all(len(each.text) > len("Sheltered correction.") for each in sentences)
        assert "The reasons are stated by their codes" not in page.text
    assert done.explained == stated > 0


def test_states_seconds_and_gaps_are_those_of_the_rows(reviewed):
    run, _, pages = reviewed
    found = certificates(run).values()
    states = {
        row["State"].text: int(row["Households"].text) for row in rows(captioned(pages.index, "Every household is"))
    }
    assert states == {state: sum(row["state"] == state for row in found) for state in states}
    assert sum(states.values()) == len(found)
    seconds = next(rows(captioned(pages.index, "Seconds of a household")))
    expected = np.quantile([row["seconds"] for row in found], [0.5, 0.95, 0.99, 1])
    assert [number(seconds[name]) for name in ("p50", "p95", "p99", "max")] == pytest.approx(expected, abs=0.0006)
    gap = next(rows(captioned(pages.index, "Gaps")))
    proven = [row["gap_bp"] for row in found if row["gap_bp"] is not None and row["state"] not in UNPLANNED]
    expected = np.quantile(proven, [0.5, 0.95, 0.99, 1])
    assert [number(gap[name]) for name in ("p50", "p95", "p99", "max")] == pytest.approx(expected, abs=0.00006)


def test_tax_beside_other_ways_is_the_sum_of_the_households(reviewed):
    run, _, pages = reviewed
    planned = [row for row in certificates(run).values() if row["state"] not in UNPLANNED]
    body = next(captioned(pages.index, "Sums over").all("tbody"))
    ways = [[each for each in row.children if not isinstance(each, str)] for row in body.all("tr")]
    for way, name in zip(ways, ("greedy", "account_by_account"), strict=True):
        both = [row for row in planned if row[f"{name}_objective"] is not None]
        cells = [number(cell) for cell in way[1:]]
        tax, cost = (sum(row[f"{name}_{what}"] for row in both) for what in ("tax", "objective"))
        less = [
            sum(row[f"{name}_{what}"] - row[plan] for row in both)
            for what, plan in (("tax", "tax_after"), ("objective", "objective"))
        ]
        assert cells == pytest.approx([len(both), tax, less[0], cost, less[1]], abs=0.51)


def test_tax_by_reason_adds_up_to_the_change_of_all_bills(reviewed):
    run, _, pages = reviewed
    *reasons, total = rows(captioned(pages.index, "What the trades of each reason"))
    planned = [row for row in certificates(run).values() if row["state"] not in UNPLANNED]
    change = sum(row["tax_after"] - row["tax_before"] for row in planned)
    assert number(total["Tax"]) == pytest.approx(change, abs=0.51)
    assert sum(number(row["Tax"]) for row in reasons) == pytest.approx(change, abs=0.51 * len(reasons))
    trades = table(run, "trades")
    assert number(total["Trades"]) == len(trades)
    for row in reasons:
        code = row["Reason"].text.lower().replace(" ", "_")
        ours = [each for each in trades if each["reason"] == code]
        assert (number(row["Trades"]) or 0) == len(ours)
        for term in ("short", "long"):
            gain = sum(each["gain"] or 0 for each in ours if each["term"] == term)
            assert number(row[f"{term.capitalize()}-term gain"]) == pytest.approx(gain, abs=0.51)


def copied(reviewed, folder):
    """The run in a folder of its own, with its book, without its review."""
    run, _, _ = reviewed
    shutil.copytree(run.parent, folder, ignore=shutil.ignore_patterns("review"))
    about = json.loads((folder / "run" / "manifest.json").read_text(encoding="utf-8"))
    text = json.dumps(about | {"book": str(folder / "book")})
    (folder / "run" / "manifest.json").write_text(text, encoding="utf-8")
    return folder / "run"


def test_a_household_that_changed_since_the_run_keeps_its_codes_and_says_so(reviewed, tmp_path):
    run = copied(reviewed, tmp_path / "copy")
    spoil(run.parent / "book", "con", quantity="12.5")
    done = review(run)
    page = Review(run / "review").page("con")
    assert "The reasons are stated by their codes: the household has changed since the run." in page.text
    assert done.explained == reviewed[1].explained - 1


def test_without_the_book_every_page_has_its_codes_and_says_so(reviewed, tmp_path):
    run = copied(reviewed, tmp_path / "copy")
    shutil.rmtree(run.parent / "book")
    done = review(run)
    pages = Review(run / "review")
    assert done.explained == 0
    assert done.persons == reviewed[1].persons
    assert "The reasons are stated by their codes: the book cannot be read" in pages.page("infeasible").text
    assert sorted(pages.links) == sorted(reviewed[2].links)


def test_sentences_that_take_too_long_are_left_out_and_the_page_says_so(reviewed, tmp_path, monkeypatch):
    run = copied(reviewed, tmp_path / "copy")
    monkeypatch.setattr(reviewing, "PAGE_LIMIT", 0.001)
    done = review(run)
    assert done.explained == 0
    assert "The reasons are stated by their codes: it took more than 0.001 s" in Review(run / "review").page("con").text


def test_a_run_that_has_not_finished_says_what_is_missing(reviewed, tmp_path):
    run = copied(reviewed, tmp_path / "copy")
    first, *_ = sorted((run / "certificates").iterdir())
    first.unlink()
    review(run, explain="codes")
    missing = reviewed[1].households - len(table(run, "certificates"))
    assert missing > 0
    index = Review(run / "review").index
    assert f"The run has not finished: {missing} household" in index.text


def test_a_review_replaces_a_review_and_nothing_else(reviewed, tmp_path):
    run, out = reviewed[0], tmp_path / "out"
    review(run, out, explain="codes")
    stale = out / "households" / "gone.html"
    stale.write_text("yesterday's", encoding="utf-8")
    review(run, out, explain="codes")
    assert not stale.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    other = tmp_path / "notes"
    other.mkdir()
    (other / "index.html").write_text("<p>mine</p>", encoding="utf-8")
    with pytest.raises(InputError, match="holds something else than a review"):
        review(run, other)
    assert (other / "index.html").read_text(encoding="utf-8") == "<p>mine</p>"


def test_what_goes_wrong_leaves_the_old_review_alone(reviewed, tmp_path, monkeypatch):
    run, out = reviewed[0], tmp_path / "out"
    review(run, out, explain="codes")
    before = {path: path.read_bytes() for path in out.rglob("*.html")}
    monkeypatch.setattr(reviewing, "book_page", lambda page: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        review(run, out, explain="codes")
    assert {path: path.read_bytes() for path in out.rglob("*.html")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_command_says_what_was_written(run, reviewed, tmp_path):
    code, out, err = run(
        "review", reviewed[0], "--out", tmp_path / "out", "--explain", "codes", "--json", "--drift-left", "1"
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    ended = [row["state"] for row in certificates(reviewed[0]).values()]
    assert found["states"] == {state: ended.count(state) for state in found["states"]}
    assert found["households"] == len(ended)
    assert found["persons"]["drift left"] == 0 < reviewed[1].persons["drift left"]
    assert Path(found["index"]) == tmp_path / "out" / "index.html"
    code, out, _ = run("review", reviewed[0], "--out", tmp_path / "out", "--explain", "codes", "--workers", "1")
    assert code == 0
    assert "households" in out


def test_a_folder_without_a_run_is_refused(run, tmp_path):
    code, _, err = run("review", tmp_path)
    assert code == 1
    assert "holds no run" in err


def test_the_book_of_a_run_is_found_from_wherever_the_review_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    book_of(Path("book"), [Household.load(MUST_SPLIT)])
    plan_run("book", "run", workers=1)
    monkeypatch.chdir("/")
    done = review(tmp_path / "run", thresholds=Thresholds(large_gain=0))
    assert done.persons["large gain"] == done.explained == 1


def test_a_book_of_which_nothing_can_be_planned_has_its_page(tmp_path):
    book = book_of(tmp_path / "book", [Household.load(MUST_SPLIT)])
    spoil(book, "must_split", quantity="-5")
    plan_run(book, tmp_path / "run", workers=1)
    assert review(tmp_path / "run").persons["refused"] == 1
    pages = Review(tmp_path / "run" / "review")
    assert "Plans for 0 of 1 household. 1 needs a person." in pages.index.text
    assert "-5" in pages.page("must_split").text


def test_a_part_that_cannot_be_read_is_named(run, reviewed, tmp_path):
    damaged = copied(reviewed, tmp_path / "copy")
    first, *_ = sorted((damaged / "plans").iterdir())
    first.write_bytes(b"PAR1")
    code, _, err = run("review", damaged, "--explain", "codes")
    assert code == 1
    assert f"part {first.stem.removeprefix('part-')} of the run" in err
    assert not (damaged / "review").exists()


def test_a_book_that_breaks_off_costs_the_sentences_alone(reviewed, tmp_path):
    run = copied(reviewed, tmp_path / "copy")
    (run.parent / "book" / "lots.csv").write_bytes(b"household_id\0")
    done = review(run)
    assert done.explained == 0
    assert "The reasons are stated by their codes" in Review(run / "review").page("infeasible").text


@pytest.mark.parametrize("missing", ["duckdb", "pyarrow"])
def test_what_is_not_installed_is_named(run, reviewed, tmp_path, monkeypatch, missing):
    monkeypatch.setattr(reviewing, "find_spec", lambda name: None if name == missing else True)
    code, _, err = run("review", reviewed[0], "--out", tmp_path / "out")
    assert code == 1
    assert f"{missing} is missing; pip install lotroute[batch]" in err
