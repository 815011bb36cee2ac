"""The fifteen operations: `company.create(client, company_id=…, name=…)` and so on.

Each takes a Client or a Workspace and keyword parameters, and gives a typed result. It raises
NothingSent (BadParameter above all) before anything is sent, Incomplete where a part could not be
done, and what `Client.send` raises. `answer` gives the same as outputs, StatusCode, ErrorMessage.
"""

from bridge.intercom.operations import company, lead, user
from bridge.intercom.operations.declaration import OPERATIONS, Operation, Output, Parameter, Result
from bridge.intercom.operations.envelope import answer, failed
from bridge.intercom.operations.errors import (
    Ambiguous,
    BadParameter,
    Incomplete,
    NothingSent,
    OtherRole,
)
from bridge.intercom.operations.workspace import Workspace

__all__ = [
    "OPERATIONS",
    "Ambiguous",
    "BadParameter",
    "Incomplete",
    "NothingSent",
    "Operation",
    "OtherRole",
    "Output",
    "Parameter",
    "Result",
    "Workspace",
    "answer",
    "company",
    "failed",
    "lead",
    "user",
]
