"""The description for programs of others is true: the same addresses, and answers of the described shape."""

from __future__ import annotations

from typing import Any

import pytest

from expo.checkin.models import Again, GateKind, ScanKind
from expo.checkin.models_devices import DeviceRight
from tests.checkin.conftest import attendee, code_of, new_id
from tests.checkin.test_merge import made


@pytest.fixture
def described(scanner: Any) -> dict[str, Any]:
    found: dict[str, Any] = scanner.client.get("/api/checkin/openapi.json").get_json()
    return found


def test_it_names_exactly_the_addresses_that_there_are(app, described):
    there = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/checkin/"):
            path = rule.rule.removeprefix("/api/checkin").replace("<int:", "{").replace("<", "{").replace(">", "}")
            there |= {(path, method.lower()) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == there


def fits(schema: dict[str, Any], value: Any, all_schemas: dict[str, Any], where: str = "") -> None:
    """A value is as its schema says, and holds nothing that the schema does not name."""
    if "$ref" in schema:
        schema = all_schemas[schema["$ref"].rpartition("/")[2]]
    if "allOf" in schema:
        parts = [all_schemas[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in schema["allOf"]]
        schema = {"type": "object", "properties": {k: v for p in parts for k, v in p["properties"].items()},
                  "required": [name for p in parts for name in p.get("required", [])]}
    if "anyOf" in schema:
        if value is not None:
            fits(schema["anyOf"][0], value, all_schemas, where)
        return
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    assert isinstance(value, kinds[schema["type"]]), where
    if "enum" in schema:
        assert value in schema["enum"], where
    if schema["type"] == "object":
        assert set(schema.get("required", [])) <= set(value), where
        if "properties" in schema:
            assert set(value) <= set(schema["properties"]), where
            for name, part in value.items():
                fits(schema["properties"][name], part, all_schemas, f"{where}/{name}")
        elif "additionalProperties" in schema:
            for name, part in value.items():
                fits(schema["additionalProperties"], part, all_schemas, f"{where}/{name}")
    if schema["type"] == "array" and "items" in schema:
        for number, part in enumerate(value):
            fits(schema["items"], part, all_schemas, f"{where}/{number}")


def test_answers_are_as_described(edition, scanner, described):
    schemas = described["components"]["schemas"]
    text = code_of(attendee(edition, "王敏", organisation_name="西部大学"))
    client_id = new_id()
    answers = [
        ("/enrol", "post", scanner.enrolment),
        ("/scan", "post", scanner.scan(text, client_id=client_id)),
        ("/scan", "post", scanner.scan(text)),
        ("/scan", "post", scanner.scan("nonsense")),
        ("/state", "post", scanner.post("state", queue=0).get_json()),
        ("/merge", "post", scanner.post("merge", scans=[made(scanner, text, -60)]).get_json()),
        ("/seen", "get", scanner.get(f"seen?list={scanner.gate_id}").get_json()),
        ("/search", "get", scanner.get(f"search?list={scanner.gate_id}&q=王敏").get_json()),
        ("/groups", "get", scanner.get(f"groups?list={scanner.gate_id}&q=西部").get_json()),
        ("/groups/{key}", "get", scanner.get(f"groups/o1?list={scanner.gate_id}").get_json()),
        ("/statistics", "get", scanner.get(f"statistics?list={scanner.gate_id}").get_json()),
        ("/undo", "post", scanner.post("undo", client_id=client_id).get_json()),
    ]
    for path, method, answer in answers:
        schema = described["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        fits(schema, answer, schemas, f"{method} {path}")
    refused = scanner.post("scan", client_id="short", list=1, code="x")
    fits(schemas["Problem"], refused.get_json(), schemas)
    fits(schemas["Unknown"], scanner.client.post("/api/checkin/state", json={}).get_json(), schemas)


def test_its_words_are_the_programs_words(described):
    schemas = described["components"]["schemas"]
    assert set(schemas["List"]["properties"]["kind"]["enum"]) == set(GateKind)
    assert set(schemas["Rules"]["properties"]["again"]["enum"]) == set(Again)
    assert set(schemas["Scan"]["properties"]["kind"]["enum"]) == set(ScanKind)
    assert set(schemas["Described"]["properties"]["rights"]["items"]["enum"]) == set(DeviceRight)
