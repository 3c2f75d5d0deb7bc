"""Loss limit and carryovers against worked returns; ti_unfloored is taxable income after the loss of line 21."""

from decimal import Decimal

import pytest
from truth_files import truth_rows

from lotroute.models import loss_limit, net

STATUS = {
    "single": "single",
    "mfj": "married_jointly",
    "hoh": "head_of_household",
    "mfs": "married_separately",
}
ROWS = [pytest.param(row, id=row["case_id"]) for row in truth_rows("carryover_truth.csv")]


def netted(row, taxable_income):
    return net(Decimal(row["schd_l7"]), Decimal(row["schd_l15"]), loss_limit(STATUS[row["status"]]), taxable_income)


@pytest.mark.parametrize("row", ROWS)
def test_line_21_is_the_return_s(row):
    netting = netted(row, Decimal(row["ti_unfloored"]))
    assert netting.ordinary + netting.preferential - netting.loss_used == Decimal(row["schd_l21"])


@pytest.mark.parametrize("row", ROWS)
def test_both_carryovers_are_the_return_s(row):
    netting = netted(row, Decimal(row["ti_unfloored"]))
    assert (-netting.short_carried, -netting.long_carried) == (Decimal(row["carry_st"]), Decimal(row["carry_lt"]))


@pytest.mark.parametrize("row", [row for row in ROWS if Decimal(row.values[0]["ti_unfloored"]) >= 0])
def test_income_may_be_left_out_where_there_was_enough(row):
    assert netted(row, None) == netted(row, Decimal(row["ti_unfloored"]))
