"""What Intercom's OpenAPI description 2.16 says otherwise than the live API answers.

Each change names what was seen. The description itself stands beside the project and is not
changed; tests read it through `mended`.
"""

from __future__ import annotations

from typing import Any

ERRORS = ("400", "401", "403", "404", "406", "408", "409", "410", "422", "429", "500", "503")
KEPT = ("/contacts", "/companies", "/tags", "/events", "/data_attributes", "/me")
ERROR = {
    "description": "An error that the description leaves out for this path",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}},
}


def mended(spec: dict[str, Any]) -> dict[str, Any]:
    """Give the description of the paths the sandbox has, with the known errors put right."""
    spec["paths"] = {p: item for p, item in spec["paths"].items() if p.startswith(KEPT)}
    for item in spec["paths"].values():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                _add_errors(item[method])
    _mend_answers(spec["paths"])
    _mend_schemas(spec["components"]["schemas"])
    return spec


def _add_errors(operation: dict[str, Any]) -> None:
    """Any error can come for any request, 409 for contacts among them, which no version lists."""
    for status in ERRORS:
        operation["responses"].setdefault(status, ERROR)


def _mend_answers(paths: dict[str, Any]) -> None:
    """A company asked for by company_id comes alone (intercom-ruby 612, intercom-node 472)."""
    listed = paths["/companies"]["get"]["responses"]["200"]["content"]["application/json"]
    single = {"$ref": "#/components/schemas/company"}
    listed["schema"] = {"anyOf": [single, {"$ref": "#/components/schemas/company_list"}]}
    # What tags companies or contacts creates a tag too: oneOf would refuse its own examples.
    tagging = paths["/tags"]["post"]["requestBody"]["content"]["application/json"]
    tagging["schema"] = {"anyOf": tagging["schema"]["oneOf"]}


def _mend_schemas(schemas: dict[str, Any]) -> None:
    contact = schemas["contact"]["properties"]
    # A user without an address: null in recorded reads.
    contact["email"]["nullable"] = True
    contact["email_domain"]["nullable"] = True
    # The custom attributes of companies are of any type, as those of contacts.
    scalar = {"nullable": True, "anyOf": [{"type": t} for t in ("string", "number", "boolean")]}
    for name in ("company", "create_or_update_company_request", "update_company_request"):
        schemas[name]["properties"]["custom_attributes"]["additionalProperties"] = scalar
    # Lists of companies go by page numbers, and their next page is a URL.
    pages = schemas["cursor_pages"]["properties"]
    following = {"$ref": "#/components/schemas/starting_after_paging"}
    pages["next"] = {"nullable": True, "anyOf": [following, {"type": "string"}]}
    # The examples, and what was answered, have the list under `data`.
    attached = schemas["contact_attached_companies"]["properties"]
    attached["data"] = attached["companies"]
    # Numbers, money and links are documented as metadata.
    event = schemas["create_data_event_request"]["properties"]
    event["metadata"]["additionalProperties"] = {}
