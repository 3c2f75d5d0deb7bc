"""People, owners, registrations and what a household asks for: what is read, written and refused."""

from copy import deepcopy

import pytest
from fault_cases import SOUND

from lotroute.models import Household, InputError

ANN = {"id": "ann", "born": "1970-06-15"}
BEN = {"id": "ben", "born": "1950-01-31"}
LEFT = {"died": "2023-05-01", "owner_born": "1940-02-03"}


def accounts(*more):
    """The accounts of the sound household, and some that cost nothing to have."""
    joint, ira = deepcopy(SOUND["accounts"])
    return [joint, ira | {"owner": "ann", "lots": [{"id": "x", "symbol": "BND", "quantity": 100}]}, *more]


def made(more=(), **fields):
    return {**deepcopy(SOUND), "people": [ANN, BEN], "accounts": accounts(*more), **fields}


def faults_of(data):
    with pytest.raises(InputError) as error:
        Household.model_validate(data)
    return [(fault.path, f"{fault.message}; {fault.hint}") for fault in error.value.faults]


ROTH = {"id": "roth", "kind": "roth", "cash": 700, "owner": "ann"}
WORK = {"id": "work", "kind": "401k", "cash": 300, "owner": "ann"}
LATE = {"id": "late", "kind": "traditional", "cash": 50, "owner": "ann", "registration": "inherited", "inherited": LEFT}
HSA = {"id": "health", "kind": "hsa", "cash": 4000}


def refused(what, more, fields, path, fragment):
    return pytest.param(more, fields, path, fragment, id=what)


REFUSED = [
    refused("owner nobody knows", [ROTH | {"owner": "anne"}], {}, "accounts.roth.owner", "person 'anne'; did you mean"),
    refused("person twice", [], {"people": [ANN, BEN, ANN]}, "people", "id 'ann' is used 2 times"),
    refused("person to be born", [], {"people": [ANN | {"born": "2026-06-15"}]}, "people.ann.born", "is not before"),
    refused("person of no age", [], {"people": [{"id": "ann"}]}, "people.ann.born", "missing"),
    refused(
        "joint roth",
        [ROTH | {"registration": "joint"}],
        {},
        "accounts.roth.registration",
        "does not go with the kind roth",
    ),
    refused(
        "trust's hsa",
        [HSA | {"registration": "trust"}],
        {},
        "accounts.health.registration",
        "does not go with the kind hsa",
    ),
    refused("529", [HSA | {"kind": "529"}], {}, "accounts.health.kind", "a 529 plan is held beside"),
    refused(
        "inherited brokerage",
        [{"id": "b", "kind": "taxable", "registration": "inherited", "owner": "ann", "inherited": LEFT}],
        {},
        "accounts.b.registration",
        'how_acquired "inheritance"',
    ),
    refused(
        "inherited from nobody",
        [LATE | {"inherited": None}],
        {},
        "accounts.late.inherited",
        "missing; an inherited account needs died",
    ),
    refused("inherited by nobody", [LATE | {"owner": None}], {}, "accounts.late.owner", "missing; distributions"),
    refused("a death and no inheritance", [ROTH | {"inherited": LEFT}], {}, "accounts.roth.inherited", "perhaps"),
    refused(
        "death to come",
        [LATE | {"inherited": LEFT | {"died": "2026-06-16"}}],
        {},
        "accounts.late.inherited.died",
        "after the trade date",
    ),
    refused(
        "death before birth",
        [LATE | {"inherited": LEFT | {"owner_born": "2023-05-01"}}],
        {},
        "accounts.late.inherited.owner_born",
        "is not before the death",
    ),
    refused(
        "no birth of who saved",
        [LATE | {"inherited": {"died": "2023-05-01"}}],
        {},
        "accounts.late.inherited.owner_born",
        "missing",
    ),
    refused(
        "unknown heir",
        [LATE | {"inherited": LEFT | {"beneficiary": "cousin"}}],
        {},
        "accounts.late.inherited.beneficiary",
        "'cousin' is not one of 'spouse'",
    ),
    refused("paid into a bequest", [LATE | {"contribution": 5}], {}, "accounts.late.contribution", "408(d)(3)(C)"),
    refused("basis of a 401(k)", [WORK | {"roth_basis": 5}], {}, "accounts.work.roth_basis", "only in roth"),
    refused("distribution of an hsa", [HSA | {"withdrawn": 5}], {}, "accounts.health.withdrawn", "the kind hsa"),
    refused(
        "rule of no account",
        [],
        {"restrictions": [{"rule": "no_withdrawal"}]},
        "restrictions[0].account",
        "no_withdrawal needs account",
    ),
    refused(
        "rule of an unknown account",
        [],
        {"restrictions": [{"rule": "no_contribution", "account": "iro"}]},
        "restrictions[0].account",
        "did you mean 'ira'?",
    ),
    refused(
        "rule of a symbol",
        [],
        {"restrictions": [{"rule": "no_withdrawal", "account": "ira", "symbol": "BND"}]},
        "restrictions[0].symbol",
        "is about an account",
    ),
    # what the household asks for
    refused("in and out", [], {"withdrawal": 5, "contribution": 5}, "withdrawal", "give one of them"),
    refused("less than nothing", [], {"withdrawal": -5}, "withdrawal", "-5 is negative; Cash to take out"),
    refused("withdrawal of nobody's", [ROTH | {"owner": None}], {"withdrawal": 5}, "accounts.roth.owner", "missing"),
    refused("contribution of nobody's", [WORK | {"owner": None}], {"contribution": 5}, "accounts.work.owner", "limit"),
    refused("more than there is", [HSA], {"withdrawal": 12150.01}, "withdrawal", "at most 12,150.00 can be raised"),
    refused(
        "more than there is without the ira",
        [],
        {"withdrawal": 3650.01, "restrictions": [{"rule": "no_withdrawal", "account": "ira"}]},
        "withdrawal",
        "at most 3,650.00 can be raised",
    ),
    refused(
        "nowhere to put it",
        [LATE],
        {
            "contribution": 5,
            "restrictions": [{"rule": "no_contribution", "account": name} for name in ("joint", "ira")],
        },
        "contribution",
        "no account may take 5.00",
    ),
    refused("no roth to convert to", [], {"conversion": 5}, "conversion", "a traditional IRA and a Roth of one owner"),
    refused(
        "the spouse's roth", [ROTH | {"owner": "ben"}], {"conversion": 5}, "conversion", "a Roth of one owner, neither"
    ),
    refused(
        "converted by nobody", [ROTH, ROTH | {"id": "r", "owner": None}], {"conversion": 5}, "accounts.r.owner", ""
    ),
    refused("more than the ira has", [ROTH, LATE], {"conversion": 8500.01}, "conversion", "at most 8,500.00 can be"),
]


@pytest.mark.parametrize(("more", "fields", "path", "fragment"), REFUSED)
def test_a_fault_of_whose_an_account_is_or_of_what_is_asked_comes_once_with_its_path(more, fields, path, fragment):
    [(found, text)] = faults_of(made(more, **fields))
    assert found == path
    assert fragment in text


SOUND_REQUESTS = [
    {"withdrawal": 12150},  # joint 3,650, and the ira's cash and bonds, 8,500
    {"contribution": 1e6},
    {"conversion": 8500},
    {"withdrawal": 100, "conversion": 100},
]


@pytest.mark.parametrize("asked", SOUND_REQUESTS)
def test_what_can_be_had_is_taken(asked):
    more = [{**ROTH, "cash": 0}, HSA]
    home = Household.model_validate(made(more, **asked))
    assert {name: getattr(home, name) for name in asked} == asked


def test_an_owner_is_not_asked_for_where_no_age_matters():
    ownerless = [ROTH | {"owner": None}]
    assert Household.model_validate(made(ownerless)).withdrawal == 0
    kept = {"restrictions": [{"rule": "no_withdrawal", "account": "roth"}]}
    assert Household.model_validate(made(ownerless, withdrawal=5, **kept)).withdrawal == 5
    stated = [ROTH | {"owner": None, "contribution_room": 100}]
    assert Household.model_validate(made(stated, contribution=5)).contribution == 5


def test_a_broken_account_drags_no_fault_of_a_request_behind_it():
    data = made(withdrawal=1e9)
    data["accounts"][1]["cash"] = "much"
    assert [path for path, _ in faults_of(data)] == ["accounts.ira.cash"]


@pytest.mark.parametrize("tables", ["csv", "parquet"])
def test_owners_and_requests_go_through_tables(tables, tmp_path):
    earner = BEN | {"compensation": 12345.67, "covered_by_plan": True}
    saved = {"last_year_end_value": 5000, "withdrawn": 12.5, "required_distribution": 7, "contributed": 3}
    more = [ROTH | {"roth_basis": 99.5, "contribution_room": 0}, WORK | saved, LATE]
    rules = [{"rule": "no_withdrawal", "account": "ira"}, {"rule": "no_contribution", "account": "roth"}]
    home = Household.model_validate(
        made(more, people=[ANN, earner], withdrawal=1200.5, conversion=0, restrictions=rules)
    )
    home.save(tmp_path / "home", tables=tables)
    assert Household.load(tmp_path / "home") == home
    home.save(tmp_path / "home.json")
    assert Household.load(tmp_path / "home.json") == home


def test_a_fault_of_an_inherited_account_in_a_table_names_its_row(tmp_path):
    Household.model_validate(made([LATE])).save(tmp_path / "home")
    file = tmp_path / "home" / "accounts.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("1940-02-03", "2030-02-03"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        Household.load(tmp_path / "home")
    [fault] = error.value.faults
    assert (fault.path, fault.place) == ("accounts.late.inherited.owner_born", "accounts.csv, row 4")


def test_people_are_changed_by_path():
    home = Household.model_validate(made())
    assert home.with_({"people.ann.compensation": 5}).people[0].compensation == 5
    assert home.with_(withdrawal=12).withdrawal == 12
