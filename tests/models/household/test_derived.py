"""What is derived from a household's fields once: the same as by the plain definition, and computed anew for a copy."""

import pytest
from random_households import featured_household

from lotroute.models.household.household import DERIVED
from lotroute.models.household.parts.substitutes import ranks


@pytest.mark.parametrize("seed", range(30))
def test_lots_and_ranks_are_those_of_the_accounts(seed):
    home = featured_household(seed)
    assert {*home.lot} == {(account.id, lot.id) for account in home.accounts for lot in account.lots}
    assert [*home.lot.values()] == [lot for account in home.accounts for lot in account.lots]
    assert home.ranks == {a.id: ranks(home.securities, home.buyable[a.id]) for a in home.accounts}


def test_a_copy_with_other_accounts_has_other_lots():
    home = featured_household(1)
    assert home.lot
    assert {"lot", "ranks"} <= {*DERIVED}
    emptied = home.model_copy(update={"accounts": tuple(a.model_copy(update={"lots": ()}) for a in home.accounts)})
    assert emptied.lot == {}
