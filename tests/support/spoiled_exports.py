"""Exports spoiled by one fault each, or by several at once, with the faults that must be named: all, and no others.

Each case: the broker, the edits of its sample by file (export_samples.spoil), and what each fault must say.
"""

from export_samples import LOTS, POSITIONS, SALES, twice

SCHWAB, FIDELITY, VANGUARD = POSITIONS["schwab"], POSITIONS["fidelity"], POSITIONS["vanguard"]
SCHWAB_LOTS, FIDELITY_LOTS, VANGUARD_LOTS, GENERIC = (
    LOTS[each] for each in ("schwab", "fidelity", "vanguard", "generic")
)


def utf_8_cut(content):
    return b"PK\x03\x04" + content


SPOILED = {
    # -- numbers that do not fit each other --------------------------------------------------------------------------
    "a price with its digits turned": (
        "schwab",
        {SCHWAB: [(5, '"341.20"', '"431.20"')]},
        ["row 5, Mkt Val (Market Value): 820.3145 at 431.20 are 353,719.61, not 279,891.31"],
    ),
    "a quantity ten times too large": (
        "schwab",
        {SCHWAB: [(6, '"730"', '"7,300"')]},
        ["row 6, Mkt Val (Market Value): 7,300 at 78.10 are 570,130.00, not 57,013.00"],
    ),
    "a value without its cents' point": (
        "fidelity",
        {FIDELITY: [(5, "$20,204.80", "$2,020,480")]},
        ["row 5, Current Value: 40 at 505.12 are 20,204.80, not 2,020,480"],
    ),
    "a gain that is not value less cost": (
        "schwab",
        {SCHWAB: [(5, "$164,461.10", "$146,461.10")]},
        ["row 5, Gain $ (Gain/Loss $): value 279,891.31 less cost 115,430.21 are 164,461.10, not 146,461.10"],
    ),
    "a cost that its share does not give": (
        "schwab",
        {SCHWAB_LOTS: [(5, "$48,270.00", "$84,270.00")]},
        [
            "row 5, Cost Basis: 200 at a cost of 241.35 are 48,270.00, not 84,270.00",
            "row 5, Gain/Loss $: value 68,240.00 less cost 84,270.00 are -16,030.00, not 19,970.00",
        ],
    ),
    "a negative basis": (
        "vanguard",
        {VANGUARD_LOTS: [(5, '"$28,907.55"', '"-$28,907.55"')]},
        ["row 5, Total cost: -28,907.55 is negative"],
    ),
    "a negative price": (
        "vanguard",
        {VANGUARD: [(2, ",164.05,", ",-164.05,")]},
        ["row 2, Share Price: -164.05 is negative"],
    ),
    "one price in one file and another in the next": (
        "vanguard",
        {VANGUARD: [(4, "35.0000,620.40,21714.00", "35.0000,602.40,21084.00")]},
        [
            "CostBasis-unrealized.csv, row 8: VOO at 620.4, but 602.4 in OfxDownload.csv, row 4",
            "CostBasis-unrealized.csv, row 9: VOO at 620.4, but 602.4 in OfxDownload.csv, row 4",
        ],
    ),
    "a bond valued as if its price were for one": (
        "schwab",
        {SCHWAB: [(8, '"$19,687.50"', '"$196,875.00"')]},
        ["row 8, Mkt Val (Market Value): 20,000 at 98.4375 are 1,968,750.00 or 19,687.50, not 196,875.00"],
    ),
    "an option valued by the share": (
        "schwab",
        {SCHWAB: [(9, '"$2,870.00"', '"$28.70"')]},
        ["row 9, Mkt Val (Market Value): 2 at 14.35 are 2,870.00, not 28.70"],
    ),
    # -- sums --------------------------------------------------------------------------------------------------------
    "a position cut out": (
        "schwab",
        {SCHWAB: [(18, None)]},
        [
            "row 19, Mkt Val (Market Value): 190,292.53 is not the sum of the 2 rows above it, 90,212.00",
            "row 19, Cost Basis: 142,212.95 is not the sum of the 1 rows above it, 41,210.55",
        ],
    ),
    "a lot cut out": (
        "schwab",
        {SCHWAB_LOTS: [(6, None)]},
        [
            "row 7, Quantity: 820.3145 is not the sum of the 3 rows above it, 801.0645",
            "row 7, Market Value: 279,891.31 is not the sum of the 3 rows above it, 273,323.21",
            "row 7, Cost Basis: 115,430.21 is not the sum of the 3 rows above it, 109,489.66",
            "row 5: 820.3145 shares of VTI: its 3 lots have 801.0645",
        ],
    ),
    "a lot given twice": (
        "fidelity",
        {FIDELITY_LOTS: [twice(8)]},
        ["row 6: 310 shares of VTEB: its 2 lots have 620"],
    ),
    "lots that do not reach the position": (
        "fidelity",
        {FIDELITY_LOTS: [(3, None)]},
        ["row 3: 533.834 shares of FXAIX: its 2 lots have 412.83"],
    ),
    "lots that cost something else than the position": (
        "fidelity",
        {FIDELITY_LOTS: [(7, "+$14,667.60", "+$16,667.60"), (7, "$138.43", "$88.43"), (7, "$5,537.20", "$3,537.20")]},
        ["row 5: 40 shares of MSFT: they cost 5,537.20, their lots 3,537.20"],
    ),
    # -- cells -------------------------------------------------------------------------------------------------------
    "a letter in a number": (
        "vanguard",
        {VANGUARD: [(6, "8650.3310", "865O.3310")]},
        ["row 6, Shares: '865O.3310' is not a number"],
    ),
    "a decimal comma": (
        "generic",
        {GENERIC: [(6, ",95,", ',"95,00",')]},
        ["row 6, Quantity: '95,00' is not a number; a decimal comma"],
    ),
    "a number that a spreadsheet rounded away": (
        "vanguard",
        {VANGUARD: [(9, ",10000,", ",1.00E+04,")]},
        ["row 9, Shares: '1.00E+04' is not a number; a spreadsheet has cut off its digits"],
    ),
    "a missing quantity": (
        "fidelity",
        {FIDELITY: [(5, ",40,", ",,")]},
        ["row 5, Quantity: missing"],
    ),
    "a missing symbol": (
        "schwab",
        {SCHWAB: [(25, '"VXUS"', '""')]},
        ["row 25, Symbol: missing"],
    ),
    "cash without dollars": (
        "schwab",
        {SCHWAB: [(26, '"$600.00"', '"--"')]},
        ["row 26, Mkt Val (Market Value): missing; the dollars of this cash"],
    ),
    "a 13th month": (
        "schwab",
        {SCHWAB_LOTS: [(4, "09/14/2015 00:00:00", "14/09/2015")]},
        ["row 4, Open Date: '14/09/2015' is not a date"],
    ),
    "a day that a spreadsheet made a number": (
        "generic",
        {GENERIC: [(3, "2018-04-12", "43202")]},
        ["row 3, Acquired: '43202' is not a date; a spreadsheet's number of a day"],
    ),
    "a purchase after the day of the prices": (
        "fidelity",
        {FIDELITY_LOTS: [(4, "Apr-10-2026", "Jul-10-2026")]},
        ["accounts.tod.lots[2].acquired (Lots_Jun-15-2026.csv, row 4): 2026-07-10 is after the trade date, 2026-06-15"],
    ),
    "a term that nobody knows": (
        "fidelity",
        {FIDELITY_LOTS: [(2, ",Long,", ",Medium,")]},
        ["row 2, Term: 'Medium' is neither long nor short"],
    ),
    "an action that nobody knows": (
        "vanguard",
        {VANGUARD: [(16, ",Buy,Buy,", ",Spin-off,Spin-off,")]},
        ["row 16, Transaction Type: 'Spin-off' is no action that the layout knows"],
    ),
    "a trade without shares": (
        "schwab",
        {SALES: [(3, '"150"', '""')]},
        ["row 3, Quantity: missing"],
    ),
    "a sale after the day of the prices": (
        "schwab",
        {SALES: [(3, "06/02/2026", "06/22/2026")]},
        ["row 3: 2026-06-22 is after the day of the prices, 2026-06-15"],
    ),
    # -- headers, titles, files --------------------------------------------------------------------------------------
    "a header without the shares": (
        "vanguard",
        {VANGUARD: [(1, "Shares", "Units")]},
        ["row 1: the header of positions lacks quantity (Shares); it has Account Number, Investment Name, Symbol"],
    ),
    "a file of another broker": (
        "schwab",
        {SCHWAB: [lambda _: b"Ticker,Units,Worth\nVTI,10,3412.00\n"]},
        ["no header that the layout knows; columns found: Ticker, Units, Worth"],
    ),
    "an empty file": (
        "fidelity",
        {FIDELITY_LOTS: [lambda _: b"\xef\xbb\xbf\r\n"]},
        ["Lots_Jun-15-2026.csv: it is empty"],
    ),
    "a workbook": (
        "fidelity",
        {FIDELITY_LOTS: [utf_8_cut]},
        ["Lots_Jun-15-2026.csv: it is an Excel workbook, not CSV"],
    ),
    "a quote that is not closed": (
        "schwab",
        {SCHWAB: [(7, '"APPLE INC",', '"APPLE INC,')]},
        ["row 7: a quote is not closed"],
    ),
    "thousands without quotes": (
        "fidelity",
        {FIDELITY: [(5, '"$20,204.80"', "$20,204.80")]},
        ["row 5: 17 cells under 16 columns"],
    ),
    "a title cut off": (
        "schwab",
        {SCHWAB_LOTS: [(1, '""')]},
        ["row 3: no title above this table names its security"],
    ),
    "a line between the rows that nobody knows": (
        "vanguard",
        {VANGUARD: [(1, "see note 4\nAccount Number,Investment Name,Symbol,Shares,Share Price,Total Value,")]},
        ["row 1: neither a title, a header nor a notice that the layout knows: 'see note 4'"],
    ),
    "files of two days": (
        "fidelity",
        {FIDELITY_LOTS: [(10, "Jun-15-2026", "Jun-12-2026")]},
        [
            "trade_date: the files are of different days: Lots_Jun-15-2026.csv 2026-06-12, "
            "Portfolio_Positions_Jun-15-2026.csv 2026-06-15"
        ],
    ),
    "a position given twice": (
        "vanguard",
        {VANGUARD: [twice(6)]},
        ["row 7: the same row as OfxDownload.csv, row 6"],
    ),
    # -- several at once ---------------------------------------------------------------------------------------------
    "three in one row": (
        "schwab",
        {SCHWAB_LOTS: [(4, "09/14/2015 00:00:00", "someday"), (4, '"600"', '"6oo"'), (4, "Long Term", "Forever")]},
        [
            "row 4, Quantity: '6oo' is not a number",
            "row 4, Open Date: 'someday' is not a date",
            "row 4, Holding Period: 'Forever' is neither long nor short",
        ],
    ),
    "one in every file": (
        "schwab",
        {
            SCHWAB: [(18, '"74.12"', '"47.12"')],
            SCHWAB_LOTS: [(14, "01/21/2026 00:00:00", "00/21/2026 00:00:00")],
            SALES: [(4, '"30"', '"thirty"')],
        },
        [
            "row 18, Mkt Val (Market Value): 1,350.25 at 47.12 are 63,623.78, not 100,080.53",
            "row 4, Quantity: 'thirty' is not a number",
            "row 14, Open Date: '00/21/2026 00:00:00' is not a date",
        ],
    ),
    "four in two files": (
        "vanguard",
        {
            VANGUARD: [(2, "164.05", "146.05"), (16, "2026-05-04", "05.04.2026")],
            VANGUARD_LOTS: [(4, "900.1250", "900.125x"), (9, "05/04/2026", "05/40/2026")],
        },
        [
            "row 2, Total Value: 1,216.8420 at 146.05 are 177,719.77, not 199,622.93",
            "row 16, Trade Date: '05.04.2026' is not a date",
            "row 4, Quantity: '900.125x' is not a number",
            "row 9, Acquired date: '05/40/2026' is not a date",
        ],
    ),
}
