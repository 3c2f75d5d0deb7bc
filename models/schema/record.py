"""The base class of every record: frozen, no unknown fields, no NaN or infinity, each field described by a string."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema


class Record(BaseModel):
    """A validated value that never changes after it is made."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # a table may hold an id as a number
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema with a description for every field."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for field, text in descriptions(cls).items():
            properties[field]["description"] = text
        return schema


def old_names(**new_names: str) -> Any:  # noqa: ANN401 - pydantic's decorated validator
    """Return a validator that lets a record read fields under their former names, given as old="new".

    If an input gives both names of a field, the validator raises ValueError, which is reported as a fault.
    """

    def rename(data: Any) -> Any:  # noqa: ANN401 - a validator sees whatever the user wrote
        if not isinstance(data, dict) or not new_names.keys() & data.keys():
            return data
        for old, new in new_names.items():
            if old in data and new in data:
                raise ValueError(f"give {new} or {old}, its former name, not both")
        return {new_names.get(name, name): value for name, value in data.items()}

    return model_validator(mode="before")(rename)


@cache
def descriptions(noun: type[BaseModel]) -> dict[str, str]:
    """Return the string below each field of a class, by field name; empty if the source code is not available.

    The source is read on the first call only: pydantic's own `use_attribute_docstrings` reads all sources
    at import, which takes some 60 ms.
    """
    import ast
    import inspect
    import textwrap

    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(noun))).body
    except OSError:
        return {}
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return found
