"""Files as they come: encodings, delimiters, ends of lines, cells too many and too few."""

import pytest
from export_samples import SAMPLES, copied, imported

from lotroute.models.imports.layout import load_layout
from lotroute.models.imports.lines import read_file


def data(files):
    return imported("generic", files=[*files.values()]).data


def commas_to(mark):
    def edit(content):
        text = content.decode()
        for quoted in ("105,772.00", "42,222.00", "63,550.00"):
            text = text.replace(f'"{quoted}"', quoted.replace(",", ""))
        return (
            __import__("re")
            .sub(r'"([\d,.]+)"', lambda cell: cell[1].replace(",", ""), text)
            .replace(",", mark)
            .encode()
        )

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.decode().encode("utf-16"),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n", b"\r"),
        lambda content: content.replace(b"\n", b",,,\n"),
        lambda content: content.replace(b"\n", b"\n\n"),
        lambda content: content.replace(b",VTI,", b", VTI ,"),
        lambda content: content.replace(b"Account,Symbol", b"ACCOUNT,  symbol "),
        commas_to("\t"),
        commas_to(";"),
    ],
    ids=["bom", "utf-16", "crlf", "cr", "trailing", "blank", "spaces", "letters", "tabs", "semicolons"],
)
def test_the_same_file_in_other_dress_is_the_same_household(tmp_path, edit):
    files = copied("generic", tmp_path)
    (path,) = files.values()
    expected = data(files)
    path.write_bytes(edit(path.read_bytes()))
    assert data(files) == expected


def test_letters_of_windows_are_read(tmp_path):
    files = copied("generic", tmp_path)
    (path,) = files.values()
    path.write_bytes(path.read_bytes().replace(b"Joint 0417", b"Joint Zo\xeb 0417"))
    assert data(files)["accounts"][0]["id"] == "joint-zo-0417"


def test_a_header_whose_columns_are_in_another_order_is_the_same(tmp_path):
    path = tmp_path / "lots.csv"
    lines = (SAMPLES / "generic/lots.csv").read_text().splitlines()
    import csv

    rows = [row[::-1] if len(row) > 1 else row for row in csv.reader(lines)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    assert data({"lots.csv": path}) == data({"lots.csv": SAMPLES / "generic/lots.csv"})


def test_a_column_named_twice_is_a_fault(tmp_path):
    path = tmp_path / "lots.csv"
    path.write_text(
        "As of 2026-06-15\nAccount,Symbol,Symbol,Acquired,Quantity,Cost\nJoint,VTI,VTI,2020-01-31,10,2000\n"
    )
    (fault,) = read_file(path, load_layout("generic")).faults
    assert "row 2: two columns are named for symbol" in str(fault)


def test_a_table_may_come_again_in_the_same_file(tmp_path):
    path = tmp_path / "lots.csv"
    text = (SAMPLES / "generic/lots.csv").read_text()
    path.write_text(
        text + "\n" + text.splitlines()[1] + "\nJoint 0417,VTI,,ETF,2024-02-02,10,341.20,3412.00,2500.00,912.00,Long\n"
    )
    lots = data({"lots.csv": path})["accounts"][0]["lots"]
    assert [lot["id"] for lot in lots][-2:] == ["VTI-2024-02-02", "VXUS-2021-06-01"]
