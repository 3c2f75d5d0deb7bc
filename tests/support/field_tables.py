"""The tables of fields in docs/, written from the records themselves: `make docs` writes them, a test compares them."""

import re
from pathlib import Path

from lotroute import models
from lotroute.models.schema.record import descriptions

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    "household.md": (
        "Household",
        "Account",
        "Inherited",
        "Person",
        "Lot",
        "Security",
        "Target",
        "SecurityTarget",
        "FactorTarget",
        "RecentTrade",
        "ScheduledBuy",
        "HeldBeside",
        "Restriction",
        "Taxpayer",
        "OtherIncome",
        "FlatRates",
        "Filled",
    ),
    "policy.md": ("Policy", "Drift", "Limits", "Limit"),
    "plan.md": (
        "Plan",
        "Trade",
        "Reason",
        "Certificate",
        "MoneyFlow",
        "Transfer",
        "OutsideBand",
        "ClassWeight",
        "FactorExposure",
        "SecurityWeight",
        "LimitUse",
        "Violation",
        "MarginalRate",
        "Wait",
        "Blocked",
        "WashWindow",
        "LossStatus",
        "TaxBill",
    ),
}
"""The records of each page."""

STATED_DEFAULT = re.compile(r"; default: (.+?)\.(?=\s|$)")
"""The end of a description that says what a field is if it is left out."""

SECTION = r"<!-- fields of {} -->\n.*?<!-- end of fields -->"


def kind(schema):
    """What may stand in a field, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        page = next(page for page, names in PAGES.items() if name in names)
        return f"[{name}]({page}#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "allOf" in schema:
        return kind(schema["allOf"][0])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    if schema.get("type") == "object":
        value = schema.get("additionalProperties") or next(iter(schema["patternProperties"].values()))
        return f"a {kind(value)} by name"
    return (
        {"string": "text", "boolean": "true, false"}.get(schema["type"], schema["type"])
        if ("format" not in schema)
        else schema["format"]
    )


def default(record, field, description):
    """What a field is if it is left out: in the words of its description, or its value."""
    if stated := STATED_DEFAULT.search(description):
        return stated[1]
    info = record.model_fields[field]
    if info.is_required():
        return "needed"
    value = info.get_default(call_default_factory=True)
    if value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, models.schema.record.Record):
        fields = {name: (getattr(value, name), info.default) for name, info in type(value).model_fields.items()}
        given = [f"{name} {own}" for name, (own, usual) in fields.items() if own != usual]
        return ", ".join(given) or "its defaults"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def table(name):
    """The fields of a record: name, what may stand there, default, meaning."""
    record = getattr(models, name)
    properties, words = record.model_json_schema()["properties"], descriptions(record)
    yield "| field | | default | meaning |"
    yield "|---|---|---|---|"
    for field in record.model_fields:
        usual, meaning = default(record, field, words[field]), STATED_DEFAULT.sub(".", words[field])
        yield f"| `{field}` | {kind(properties[field])} | {usual} | {meaning} |".replace("\\", "")


def section(name):
    """The table between its markers."""
    return "\n".join([f"<!-- fields of {name} -->", "", *table(name), "", "<!-- end of fields -->"])


def renewed(page):
    """The text of a page with all its tables as they should be. Raises ValueError if a table has no place there."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for name in PAGES[page]:
        pattern = re.compile(SECTION.format(name), re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"docs/{page} has no place for the fields of {name}")
        text = pattern.sub(lambda _, name=name: section(name), text)
    return text


if __name__ == "__main__":
    for page in PAGES:
        (DOCS / page).write_text(renewed(page), encoding="utf-8")
