"""What Intercom's OpenAPI description 2.16 says otherwise than the live API answers.

Each change names what was seen. The description itself stands beside the project and is not
changed; tests read it through `mended`.
"""

from __future__ import annotations

from typing import Any

ERRORS = ("400", "401", "403", "404", "406", "408", "409", "410", "422", "429", "500", "503")
ERROR = {
    "description": "An error that the description leaves out for this path",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}},
}
SCALAR = {"nullable": True, "anyOf": [{"type": t} for t in ("string", "number", "boolean")]}
PAGE = {"name": "page", "in": "query", "schema": {"type": "integer"}}
PER_PAGE = {"name": "per_page", "in": "query", "schema": {"type": "integer"}}
AFTER = {"name": "starting_after", "in": "query", "schema": {"type": "string"}}
UNDECLARED = {
    # Documented in prose (pull request 639), or sent by the official clients.
    "/contacts": (PER_PAGE, AFTER),
    "/companies/{company_id}/contacts": (PAGE, PER_PAGE, AFTER),
    "/contacts/{contact_id}/companies": (PAGE, PER_PAGE),
    "/contacts/{contact_id}/notes": (PAGE, PER_PAGE),
    "/companies/{company_id}/notes": (PAGE, PER_PAGE),
}
OWNED = ("contact", "create_contact_request", "update_contact_request")


def mended(spec: dict[str, Any], version: tuple[int, int] = (2, 16)) -> dict[str, Any]:
    """Give the description with the known errors put right, as it is for a version."""
    for item in spec["paths"].values():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                _add_errors(item[method])
    for path, parameters in UNDECLARED.items():
        spec["paths"][path]["get"].setdefault("parameters", []).extend(parameters)
    _mend_requests(spec["paths"], spec["components"]["schemas"])
    _mend_answers(spec["paths"])
    _mend_schemas(spec["components"]["schemas"])
    _mend_addresses(spec)
    if version < (2, 16):
        _before_2_16(spec["components"]["schemas"])
    return spec


def _add_errors(operation: dict[str, Any]) -> None:
    """Any error can come for any request, 409 for contacts among them, which no version lists."""
    for status in ERRORS:
        operation["responses"].setdefault(status, ERROR)


def _mend_requests(paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    # What tags companies or contacts creates a tag too: oneOf would refuse its own examples.
    tagging = paths["/tags"]["post"]["requestBody"]["content"]["application/json"]
    tagging["schema"] = {"anyOf": tagging["schema"]["oneOf"]}
    # Options alone fit "other type" too: oneOf would refuse every change of options.
    changing = paths["/data_attributes/{data_attribute_id}"]["put"]["requestBody"]["content"]
    reference = changing["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schemas[reference]["anyOf"] = schemas[reference].pop("oneOf")
    # A note's contact is no number: only this one of all its paths says so.
    for parameter in paths["/contacts/{contact_id}/notes"]["post"]["parameters"]:
        if parameter.get("name") == "contact_id":
            parameter["schema"] = {"type": "string"}
    # One of three plain parameters, written as an object that is spread out.
    events = paths["/events"]["get"]
    whose = ("user_id", "intercom_user_id", "email")
    events["parameters"] = [each for each in events["parameters"] if each.get("name") != "filter"]
    events["parameters"] += [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in whose
    ]


def _mend_answers(paths: dict[str, Any]) -> None:
    # A company asked for by company_id comes alone (intercom-ruby 612, intercom-node 472).
    listed = paths["/companies"]["get"]["responses"]["200"]["content"]["application/json"]
    single = {"$ref": "#/components/schemas/company"}
    listed["schema"] = {"anyOf": [single, {"$ref": "#/components/schemas/company_list"}]}


def _mend_schemas(schemas: dict[str, Any]) -> None:
    contact = schemas["contact"]["properties"]
    # A user without an address: null in recorded reads.
    contact["email"]["nullable"] = True
    contact["email_domain"]["nullable"] = True
    # The custom attributes of companies are of any type, as those of contacts.
    for name in ("company", "create_or_update_company_request", "update_company_request"):
        schemas[name]["properties"]["custom_attributes"]["additionalProperties"] = SCALAR
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


def _mend_addresses(node: Any) -> None:
    """Drop the format of addresses: those of sub-resources are paths, in the examples too."""
    if isinstance(node, dict):
        if node.get("format") == "uri":
            del node["format"]
        for each in node.values():
            _mend_addresses(each)
    elif isinstance(node, list):
        for each in node:
            _mend_addresses(each)


def _before_2_16(schemas: dict[str, Any]) -> None:
    """The one shape of these operations that differs from 2.13 to 2.16: whose a contact is."""
    for name in OWNED:
        schemas[name]["properties"]["owner_id"] = {"type": "integer", "nullable": True}
