"""lotroute: which account absorbs each rebalancing trade, which tax lots to sell, and how good the plan is, in dollars.

`lotroute.models` holds what is known (household, policy, plan, the law), `lotroute.solver` what is decided.
"""


def __getattr__(name: str) -> str:
    """The version, read from the installed package when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("lotroute")
    raise AttributeError(f"module 'lotroute' has no attribute {name!r}")
