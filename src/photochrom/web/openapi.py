"""The description of the API, exact: FastAPI's own, with refusals as they really come."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from photochrom.web.problem import MEDIA_TYPE, ProblemDocument

_PROBLEM = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
_UNUSED = ("HTTPValidationError", "ValidationError")
_NO_BODY = ("204", "304")


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what stands in for `app.openapi`."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _exact(plain())
        return app.openapi_schema

    return openapi


def _exact(schema: dict[str, Any]) -> dict[str, Any]:
    for operations in schema["paths"].values():
        for operation in operations.values():
            _refusals(operation["responses"])
    for name in _UNUSED:
        schema["components"]["schemas"].pop(name, None)
    schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{}, {"token": []}]
    return schema


def _refusals(responses: dict[str, Any]) -> None:
    """Give refusals their media type; those of FastAPI, which never come, their form."""
    for status, response in responses.items():
        content = response.get("content", {})
        if status in _NO_BODY:
            response.pop("content", None)
        if not status.isdecimal() or int(status) < 400:
            continue
        found = content.pop("application/json", None)
        if found is None:
            continue
        if found.get("schema") == {"$ref": "#/components/schemas/HTTPValidationError"}:
            found = {"schema": _PROBLEM}
            response["description"] = "`options-invalid`: A setting is not possible."
        is_problem = found.get("schema") == _PROBLEM
        content[MEDIA_TYPE if is_problem else "application/json"] = found
