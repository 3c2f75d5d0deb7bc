"""Accounts of several files, positions of several tables, and what the answers say of them."""

import pytest

from lotroute.models import InputError
from lotroute.models.imports import read_exports
from lotroute.models.imports.answers import answers_of, load_answers

GIVEN = {"taxpayer": {"rates": {"short": 0.3, "long": 0.15}}, "targets": {"us_stock": 1.0}, "trade_date": "2026-06-15"}
POSITIONS = "Account Number,Account Name,Symbol,Quantity,Price,Market Value,Cost Basis\n"
LOTS = "Account Name,Symbol,Acquired,Quantity,Price,Market Value,Cost Basis\n"


def read(tmp_path, answers=None, **files):
    paths = []
    for name, text in files.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        paths.append(path)
    return read_exports(paths, "generic", GIVEN | (answers or {}))


def told(found):
    return [str(fault) for fault in (*found.faults, *found.needed)]


def test_an_account_is_known_by_its_name_where_its_number_is_missing(tmp_path):
    positions = POSITIONS + "X12345678,Joint,VTI,10,341.20,3412.00,2000\nZ98765432,Roth IRA,VTI,5,341.20,1706.00,\n"
    lots = LOTS + "Joint,VTI,2020-01-31,10,341.20,3412.00,2000\n"
    found = read(tmp_path, positions=positions, lots=lots)
    assert told(found) == []
    joint, roth = found.household().accounts
    assert (joint.id, roth.id) == ("joint-5678", "roth-ira-5432")
    assert [lot.id for lot in joint.lots] == ["VTI-2020-01-31"]


def test_two_accounts_of_one_name_are_told_apart_or_refused(tmp_path):
    positions = (
        POSITIONS + "X12345678,Individual,VTI,10,341.20,3412.00,2000\nX12340000,Individual,VTI,5,341.20,1706.00,900\n"
    )
    lots = LOTS + "Individual,VTI,2020-01-31,10,341.20,3412.00,2000\n"
    found = read(tmp_path, positions=positions, lots=lots)
    assert any("lots.csv, row 2: the account 'Individual' may be any of" in fault for fault in told(found))


def test_ids_show_at_most_four_letters_of_a_number_and_differ(tmp_path):
    positions = POSITIONS + "X1234567,Individual,VTI,10,341.20,3412.00,\nY9994567,Individual,VTI,5,341.20,1706.00,\n"
    found = read(tmp_path, positions=positions)
    assert [account["id"] for account in found.data["accounts"]] == ["individual-4567", "individual-4567-2"]


def test_a_position_without_lots_asks_for_its_date_and_takes_the_answer(tmp_path):
    positions = POSITIONS + "X12345678,Joint,VTI,10,341.20,3412.00,2000\n"
    (need,) = told(read(tmp_path, positions=positions))
    assert need.startswith("accounts.joint-5678.undated (positions.csv, row 2): VTI has no date of purchase")
    long = read(tmp_path, {"accounts": {"5678": {"undated": "long"}}}, positions=positions).data["accounts"][0]["lots"]
    assert long == [{"id": "VTI", "symbol": "VTI", "quantity": 10.0, "basis_per_share": 200.0, "long_term": True}]
    kept = read(tmp_path, {"symbols": {"VTI": {"undated": "keep"}}}, positions=positions).data["accounts"][0]["lots"]
    assert kept == [{"id": "VTI", "symbol": "VTI", "quantity": 10.0}]


def test_a_file_without_an_account_is_that_of_the_only_one_or_is_asked_for(tmp_path):
    lots = "Symbol,Acquired,Quantity,Price,Market Value,Cost Basis\nVTI,2020-01-31,10,341.20,3412.00,2000\n"
    alone = read(tmp_path, {"accounts": {"account": "taxable"}}, lots=lots)
    assert told(alone) == []
    positions = POSITIONS + "X12345678,Joint,VTI,10,341.20,3412.00,2000\nZ98765432,Roth IRA,VXUS,5,78.10,390.50,\n"
    answers = {"targets": {"us_stock": 0.5, "intl_stock": 0.5}}
    (fault, *_) = told(read(tmp_path, answers, lots=lots, positions=positions))
    assert fault.startswith("lots.csv, row 2: nothing names the account of this file")
    named = read(tmp_path, answers | {"files": {"lots.csv": "Joint"}}, lots=lots, positions=positions)
    assert told(named) == []


def test_an_answer_about_no_account_is_a_fault(tmp_path):
    positions = POSITIONS + "X12345678,Roth IRA,VTI,10,341.20,3412.00,2000\n"
    found = read(tmp_path, {"accounts": {"roth-ira-5679": "roth"}}, positions=positions)
    assert told(found) == [
        "answers: accounts.roth-ira-5679: no file has such an account; did you mean 'roth-ira-5678'?"
    ]


def test_the_answers_go_before_the_files(tmp_path):
    positions = POSITIONS + "X12345678,Roth IRA,VTI,10,341.20,3412.00,2000\nX12345678,Roth IRA,SWVXX,50,1.00,50.00,\n"
    answers = {
        "accounts": {"12345678": {"kind": "traditional", "id": "ira", "minimum_cash": 5}},
        "symbols": {"SWVXX": {"class": "cash", "name": "My money"}, "VTV": {"class": "us_stock", "price": 180.5}},
        "restrictions": [{"rule": "no_sell", "symbol": "VTI"}],
    }
    household = read(tmp_path, answers, positions=positions).household()
    (ira,) = household.accounts
    assert (ira.id, ira.kind, ira.cash, ira.minimum_cash) == ("ira", "traditional", 0.0, 5.0)
    assert [lot.symbol for lot in ira.lots] == ["VTI", "SWVXX"]
    assert household.security["VTV"].price == 180.5
    assert [(each.rule, each.symbol) for each in household.restrictions] == [("no_sell", "VTI")]


def test_a_lot_is_completed_by_the_answers(tmp_path):
    lots = LOTS + "Joint 5678,VTI,2026-01-31,10,341.20,3412.00,Incomplete\nJoint 5678,VTI,--,5,341.20,1706.00,900\n"
    inherited = {"basis_per_share": 92.5, "how_acquired": "inheritance"}
    given = {"VTI-2026-01-31": inherited, "VTI": {"acquired": "2019-05-05"}}
    found = read(tmp_path, {"accounts": {"5678": {"lots": given}}}, lots=lots)
    assert told(found) == []
    first, second = found.household().accounts[0].lots
    assert (first.basis_per_share, first.how_acquired) == (92.5, "inheritance")
    assert second.acquired.isoformat() == "2019-05-05"
    (fault,) = told(read(tmp_path, {"accounts": {"5678": {"lots": given | {"VTI-2": {"quantity": 3}}}}}, lots=lots))
    assert fault.startswith("answers: accounts.5678.lots.VTI-2: the account has no such lot; did you mean 'VTI'?")


def test_a_term_that_is_not_that_of_the_date_is_noted(tmp_path):
    lots = LOTS.replace("Cost Basis", "Cost Basis,Term") + "Joint 5678,VTI,2026-01-31,10,341.20,3412.00,2000,Long\n"
    lots += "Joint 5678,VTI,2026-02-28,1,341.20,341.20,200,Short\n"
    notes = [str(note) for note in read(tmp_path, lots=lots).notes if "term" in note.meaning]
    assert len(notes) == 1
    assert "lots.csv, row 2: VTI-2026-01-31: the file says long-term" in notes[0]


@pytest.mark.parametrize(
    "rows",
    [
        (POSITIONS, "X5678,Roth IRA,VTI,10,341.20,3412.00,2000\n"),
        (POSITIONS, "X5678,Roth IRA,Cash,,,3412.00,\n"),
        (LOTS, "Roth IRA,VTI,2020-01-31,10,341.20,3412.00,2000\n"),
    ],
)
def test_a_row_given_twice_is_a_fault_where_nothing_is_held_against_it(tmp_path, rows):
    header, row = rows
    (fault, *_) = told(read(tmp_path, one=header + row * 2))
    assert fault.startswith("one.csv, row 3: the same row as one.csv, row 2; keep one of the two")


def test_two_lots_alike_are_two_where_the_position_says_so(tmp_path):
    lots = LOTS + "Roth IRA,VTI,2020-01-31,10,341.20,3412.00,2000\n" * 2
    positions = POSITIONS + "X5678,Roth IRA,VTI,20,341.20,6824.00,4000\n"
    found = read(tmp_path, lots=lots, positions=positions)
    assert told(found) == []
    assert [lot["id"] for lot in found.data["accounts"][0]["lots"]] == ["VTI-2020-01-31", "VTI-2020-01-31-2"]


def test_short_positions_and_options_of_what_is_not_held(tmp_path):
    header = POSITIONS.replace("Symbol,", "Symbol,Name,")
    rows = [
        "X5678,Individual,VTI,,10,341.20,3412.00,2000",
        "X5678,Individual,VXUS,,-20,78.10,-1562.00,1500",
        "X5678,Individual,VTI 01/15/2027 300.00 P,,1,12.40,1240.00,1100",
        "X5678,Individual,TSLA 01/15/2027 500.00 C,,-1,12.40,-1240.00,1300",
        "Y9999,Roth IRA,VXUS,,5,78.10,390.50,",
    ]
    answers = {"targets": {"us_stock": 0.5, "intl_stock": 0.5}, "accounts": {"5678": {"undated": "long"}}}
    found = read(tmp_path, answers, positions=header + "\n".join(rows) + "\n")
    assert told(found) == []
    assert [(each["symbol"], each["kind"], each["quantity"]) for each in found.data["held_beside"]] == [
        ("VXUS", "short_sale", 20.0),
        ("VTI", "long_put", 100.0),
    ]
    assert any("no security of the household is TSLA" in note.meaning for note in found.notes)
    assert found.household().held_beside[0].account == "individual-5678"


def test_an_inherited_account_is_asked_for_whatever_its_name(tmp_path):
    positions = POSITIONS + "X12345678,Inherited Roth IRA,VTI,10,341.20,3412.00,2000\n"
    assert told(read(tmp_path, positions=positions))[0].startswith("accounts.inherited-roth-ira-5678.kind")


def test_mistakes_in_the_answers_are_named_at_once():
    with pytest.raises(InputError) as error:
        answers_of(
            {"taxpayers": {}, "accounts": {"a": {"undated": "never"}}, "targets": "us_stock", "symbols": []}, "a.toml"
        )
    assert [str(fault) for fault in error.value.faults] == [
        "a.toml: taxpayers: unknown answer; did you mean 'taxpayer'?",
        "a.toml: symbols: [] is not a table of names",
        "a.toml: accounts.a.undated: 'never' is not one of long, keep",
        "a.toml: targets: 'us_stock' is neither a table nor a list",
    ]


def test_answers_are_read_from_json_too(tmp_path):
    path = tmp_path / "answers.json"
    path.write_text('{"accounts": {"412": "taxable"}, "targets": [{"asset_class": "us_stock", "weight": 1}], "id": ""}')
    answers = load_answers(path)
    assert answers.accounts == {"412": {"kind": "taxable"}}
    assert answers.targets == [{"asset_class": "us_stock", "weight": 1}]
    assert answers.fields == {}  # empty text is no answer


def test_two_files_of_one_kind_may_not_have_one_security(tmp_path):
    positions = POSITIONS + "X12345678,Roth IRA,VTI,10,341.20,3412.00,2000\n"
    found = read(tmp_path, one=positions, two=positions)
    assert told(found) == [
        "two.csv, row 2: VTI of this account is in one.csv, row 2, too; one file of each kind, of one day"
    ]
