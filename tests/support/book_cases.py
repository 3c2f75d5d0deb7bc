"""Books for the tests: small households as CSV text, and books of generated ones."""

import pandas as pd

from lotroute.models.household.tables import NAMES, OWNER

TABLES = {
    "household": "household_id,trade_date,taxpayer.rates.short,taxpayer.rates.long\n"
    "smith,2026-06-15,0.3,0.15\njones,2026-06-15,0.2,0.1\n",
    "accounts": "household_id,id,kind,cash,menu\nsmith,joint,taxable,1000,VTI;BND\njones,ira,roth,50,VTI;BND\n",
    "lots": "household_id,account,id,symbol,quantity,basis_per_share,acquired\n"
    "smith,joint,a,VTI,10,50,2020-01-02\njones,ira,b,BND,5,,\nsmith,joint,c,VTI,3,99,2024-01-02\n",
    "securities": "household_id,symbol,price,exposures\n"
    "smith,VTI,100,stock\nsmith,BND,80,bond\njones,VTI,100,stock\njones,BND,80,bond\n",
    "targets": "household_id,asset_class,weight\nsmith,stock,0.6\nsmith,bond,0.4\njones,stock,0.5\njones,bond,0.5\n",
}
"""A book of two households."""

SHARED = TABLES | {
    "securities": "symbol,price,exposures\nVTI,100,stock\nBND,80,bond\n",
    "targets": "asset_class,weight\nstock,0.6\nbond,0.4\n",
}
"""The same two, with one market and one model for both."""


def write(folder, tables):
    """Write tables of text and return their folder."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def append(folder, table, *lines):
    """Append lines to a CSV table."""
    with (folder / f"{table}.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def in_parts(folder, rows=7):
    """Make each Parquet table of a book a folder of parts of so many rows."""
    for name in NAMES:
        frame = pd.read_parquet(folder / f"{name}.parquet")
        (folder / f"{name}.parquet").unlink()
        (folder / name).mkdir()
        for number, start in enumerate(range(0, max(1, len(frame)), rows)):
            frame[start : start + rows].to_parquet(folder / name / f"part-{number:05d}.parquet", index=False)


def shuffled(folder, seed=0):
    """Mix the rows of the households in each CSV table but household; those of one household stay in their order."""
    for name in [name for name in NAMES if name != "household"]:
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        order = frame[OWNER].sample(frac=1, random_state=seed).to_list()
        rows = {owner: iter(some.index) for owner, some in frame.groupby(OWNER)}
        frame.loc[[next(rows[owner]) for owner in order]].to_csv(folder / f"{name}.csv", index=False)
