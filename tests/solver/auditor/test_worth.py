"""What accounts may buy, against the household's own account of it."""

import pytest
from random_households import featured_household

from lotroute.fixtures.generator import generate
from lotroute.solver.auditor.worth import available


@pytest.mark.parametrize("home", [*map(featured_household, range(40)), *generate(20, 3)], ids=lambda home: home.id)
def test_accounts_may_buy_what_the_household_says(home):
    assert available(home) == {account: {*symbols} for account, symbols in home.buyable.items()}
