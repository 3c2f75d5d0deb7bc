"""What a household asks of all its accounts is refused as long as no plan decides it."""

import pytest
from feature_cases import household, ira, joint, lot

from lotroute.models import InputError
from lotroute.solver import route, solve

HOME = household(
    joint(lot("a"), cash=50),
    ira(lot("r"), owner="ann"),
    ira(lot("t"), owner="ann") | {"id": "old", "kind": "traditional"},
    people=[{"id": "ann", "born": "1960-01-01"}],
)


@pytest.mark.parametrize("asked", ["withdrawal", "contribution", "conversion"])
@pytest.mark.parametrize("way", [solve, route])
def test_a_request_is_not_ignored(asked, way):
    with pytest.raises(InputError, match=f"{asked}: no plan chooses the accounts of it yet"):
        way(HOME.with_({asked: 10}))
