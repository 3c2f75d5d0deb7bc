"""A book is streamed household by household, in whatever files it is, and gives what `read_book` gives."""

import gzip
import pickle

import pandas as pd
import pytest
from book_cases import SHARED, TABLES, append, in_parts, shuffled, write

from lotroute.fixtures.generator import generate
from lotroute.models import Household, InputError, read_book, write_book
from lotroute.models.household.tables import NAMES
from lotroute.models.schema.faults import Fault
from lotroute.solver.runs.batch import tables
from lotroute.solver.runs.batch.book import Book, household_of


def households(book):
    """All households of a book, as another process would make them."""
    header = pickle.loads(pickle.dumps(book.header))
    return {rows.household: household_of(header, pickle.loads(pickle.dumps(rows))) for rows in book.rows()}


@pytest.fixture(scope="module")
def made():
    *others, last = generate(5, 3)
    return [*others, with_people(last)]


def with_people(home):
    """The household with an owner of every account, one of which she inherited."""
    data = home.model_dump(mode="json")
    late = {"died": "2024-02-03", "owner_born": "1950-01-01", "beneficiary": "disabled"}
    data["people"] = [{"id": "ann", "born": "1970-05-05", "compensation": 1.5, "covered_by_plan": True}]
    data["accounts"].append({"id": "late", "kind": "roth", "registration": "inherited", "inherited": late, "cash": 1})
    data["accounts"] = [account | {"owner": "ann"} for account in data["accounts"]]
    data["restrictions"] = [*data["restrictions"], {"rule": "no_withdrawal", "account": "late"}]
    return Household.model_validate(data | {"conversion": 0, "withdrawal": 0.5})


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet", "parts", "shuffled", "tab", "url", "pattern"])
def test_a_book_gives_the_households_that_were_written(tmp_path, made, form):
    path = tmp_path / "book"
    write_book(made, path, "parquet" if form in ("parquet", "parts") else "csv")
    for name in NAMES:
        file = path / f"{name}.csv"
        if form == "csv.gz":
            (path / f"{name.title()}.CSV.gz").write_bytes(gzip.compress(file.read_bytes()))
            file.unlink()
        if form == "tab":
            pd.read_csv(file, dtype=str).to_csv(
                file, sep="\t", index=False, encoding="utf-8-sig", lineterminator="\r\n"
            )
    if form == "parts":
        in_parts(path)
    if form == "shuffled":
        shuffled(path)
    book = Book(f"file://{path}" if form == "url" else path / "*.csv" if form == "pattern" else path)
    assert list(households(book).items()) == [(home.id, home) for home in made]
    assert list(read_book(path).items()) == [(home.id, home) for home in made]
    assert book.count() == len(made)


@pytest.mark.parametrize("path", ["book", "book/", "./book", "../nearby/book", "book/*.csv"])
def test_a_path_may_be_relative(tmp_path, monkeypatch, made, path):
    (tmp_path / "nearby").mkdir()
    monkeypatch.chdir(tmp_path / "nearby")
    write_book(made, "book", "csv")
    assert households(Book(path)) == {home.id: home for home in made}


def test_some_households_alone_come_in_the_order_of_the_book(tmp_path, made):
    write_book(made, tmp_path, "parquet")
    book = Book(tmp_path)
    chosen = [made[3].id, made[1].id]
    assert list(book.only(chosen)) == [rows for rows in book.rows() if rows.household in chosen]
    assert list(book.only([])) == []


@pytest.mark.parametrize("name", ["a[1]", "b *?x", "it's", "ü"])
@pytest.mark.parametrize("form", ["csv", "parquet", "parts"])
def test_a_folder_may_have_any_name_and_be_given_from_where_one_is(tmp_path, monkeypatch, name, form):
    path = write(tmp_path / name, TABLES)
    homes = read_book(path)
    if form != "csv":
        write_book(homes.values(), path, "parquet")
    if form == "parts":
        in_parts(path, 2)
    monkeypatch.chdir(path)
    for given in (path, ".", f"../{name}/", *(() if form == "parts" else (f"*.{form}",))):
        book = Book(given)
        assert households(book) == homes
        assert book.path.startswith(str(path))
        assert len(book.fingerprints) >= len(book.tables)


def test_a_folder_of_one_household_is_a_book_of_one(tmp_path, made):
    made[0].save(tmp_path)
    book = Book(tmp_path)
    assert (book.count(), households(book)) == (1, {made[0].id: made[0]})
    assert len(list(book.only([made[0].id]))) == 1
    assert list(book.only(["other"])) == []


def test_whole_numbers_are_ids_beside_empty_ones(tmp_path):
    folder = write(tmp_path / "book", {name: text.replace("smith", "17") for name, text in TABLES.items()})
    folder_numbers = write(tmp_path / "numbers", {n: text.replace("jones", "18") for n, text in TABLES.items()})
    assert list(households(Book(folder))) == ["17", "jones"]
    for name, text in TABLES.items():
        frame = pd.read_csv(folder_numbers / f"{name}.csv").replace({"household_id": {"smith": 17}})
        frame["household_id"] = frame["household_id"].astype("float64")
        (folder_numbers / f"{name}.csv").unlink()
        frame.to_parquet(folder_numbers / f"{name}.parquet", index=False)
        assert text.count("smith")
    assert list(households(Book(folder_numbers))) == ["17", "18"] == list(read_book(folder_numbers))


# -- what is wrong with the book as a whole ----------------------------------------------------------------------------


def refused(path):
    with pytest.raises(InputError) as error:
        Book(path)
    return [(fault.path, fault.message) for fault in error.value.faults]


def test_what_read_book_refuses_of_a_folder_is_refused_alike(tmp_path):
    folder = write(tmp_path / "book", TABLES)
    with pytest.raises(FileNotFoundError):
        Book(tmp_path / "nothing")
    (folder / "lotz.csv").write_text("id\n")
    (folder / "lots.xlsx").write_text("id\n")
    (folder / "targets.parquet").write_text("id\n")
    with pytest.raises(InputError) as error:
        read_book(folder)
    assert refused(folder) == [(fault.path, fault.message) for fault in error.value.faults]
    assert len(error.value.faults) == 3


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("accounts", None, ("book/accounts.csv", "missing")),
        ("lots", b"account,id\n", ("book/lots", "no column household_id")),
        ("lots", b"", ("book/lots.csv", "cannot be read: it is empty")),
        ("lots", b"household_id,id,id\n", ("book/lots.csv", "column 'id' is given 2 times")),
        ("lots", b"household_id,\xff\n", ("book/lots.csv", "not text in UTF-8")),
        ("prices", b"symbol,price\nVTI,1\nVTI,2\n", ("prices", "symbol 'VTI' is used 2 times")),
        ("prices", b"symbol,price\nVTI,1,2\n", ("book/prices.csv, row 2", "3 cells, but the header has 2")),
        ("prices", b"symbol,price,day\nVTI,1,2\n", ("prices.day", "unknown field")),
        ("household", b"id,trade_date\na,2026-01-02\nb,2026-01-02\n", ("book/household", "no column household_id")),
    ],
)
def test_a_table_that_serves_nobody_is_refused(tmp_path, name, content, fault):
    folder = write(tmp_path / "book", TABLES)
    file = folder / f"{name}.csv"
    file.unlink(missing_ok=True) if content is None else file.write_bytes(content)
    assert refused(folder) == [fault]


@pytest.mark.parametrize(("name", "size"), [("lots.parquet", 200), ("lots.csv.gz", 60)])
def test_a_file_that_breaks_off_is_refused_before_any_household(tmp_path, made, name, size):
    write_book(made, tmp_path / "book", "csv")
    file = tmp_path / "book" / "lots.csv"
    whole = gzip.compress(file.read_bytes()) if name.endswith("gz") else b"PAR1"
    file.unlink()
    (tmp_path / "book" / name).write_bytes(whole[: len(whole) - size] or whole)
    with pytest.raises(InputError, match="cannot be read"):
        next(Book(tmp_path / "book").rows())


def test_a_server_that_does_not_answer_is_named_with_what_it_said(monkeypatch):
    tried = []

    def unanswered(_, name, path):
        tried.append(path)
        raise InputError([Fault(f"book/{name}", f"cannot be read: {len(tried)}")])

    monkeypatch.setattr(tables, "open_table", unanswered)
    assert refused("https://localhost/book") == [("book/household", "cannot be read: 1")]
    assert tried == [f"https://localhost/book/household{suffix}" for suffix in (".csv", ".csv.gz", ".parquet")]


# -- what tells of a change --------------------------------------------------------------------------------------------


def digests(folder):
    book = Book(folder)
    return book.header.digest, {rows.household: rows.digest() for rows in book.rows()}


def test_a_digest_changes_with_a_household_s_cells_alone(tmp_path):
    folder = write(tmp_path / "book", SHARED)
    header, before = digests(folder)
    household, *rows = SHARED["household"].splitlines()
    (folder / "household.csv").write_text("\n".join([household, "", *reversed(rows)]))
    assert digests(folder) == (header, before)
    write(folder, SHARED | {"lots": SHARED["lots"].replace("99", "98")})
    assert digests(folder) == (header, before | {"smith": digests(folder)[1]["smith"]})
    assert digests(folder)[1]["smith"] != before["smith"]


@pytest.mark.parametrize("change", [("100", "101"), ("price,exposures", "price,name")])
def test_the_header_s_digest_changes_with_what_is_shared(tmp_path, change):
    header, before = digests(write(tmp_path / "book", SHARED))
    after, same = digests(write(tmp_path / "book", SHARED | {"securities": SHARED["securities"].replace(*change)}))
    assert (after != header, same) == (True, before)


def test_a_fingerprint_changes_with_its_file_alone(tmp_path, made):
    write_book(made, tmp_path / "book", "parquet")
    in_parts(tmp_path / "book", 300)
    for path in (tmp_path / "book", f"file://{tmp_path}/book"):
        before = Book(path).fingerprints
        assert Book(path).fingerprints == before
        part = sorted((tmp_path / "book" / "lots").iterdir())[-1]
        frame = pd.read_parquet(part)
        frame.loc[0, "quantity"] += 1
        frame.to_parquet(part)
        after = Book(path).fingerprints
        assert [name for name in before if before[name] != after[name]] in (["lots/*.parquet"], [f"lots/{part.name}"])


def test_the_cells_of_faults_stand_where_they_stand_in_a_folder(tmp_path):
    folder = write(tmp_path / "book", TABLES)
    append(folder, "lots", "smith,joint,d,VTI,many,1,2024-01-01", "jones,iar,e,VTI,1,1,2024-01-01")
    book = Book(folder)
    for rows in book.rows():
        with pytest.raises(InputError) as alone:
            household_of(book.header, rows)
        with pytest.raises(InputError) as loaded:
            Household.load(folder, rows.household)
        assert alone.value.faults == loaded.value.faults
        assert alone.value.faults[0].place == f"lots.csv, row {5 if rows.household == 'smith' else 6}"
