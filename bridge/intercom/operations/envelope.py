"""The answer of an operation as the command line and HTTP give it: outputs, status, message."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bridge.errors import BridgeError, IntercomBusy, IntercomError
from bridge.intercom.client import Client
from bridge.intercom.operations.declaration import Operation, Result
from bridge.intercom.operations.errors import Incomplete, NothingSent
from bridge.intercom.operations.workspace import Workspace
from bridge.model import Json

log = structlog.get_logger()

NOT_SENT = -1
OURS = 500


def answer(
    operation: Operation,
    to: Client | Workspace,
    body: Mapping[str, Json],
    *,
    objects_as_text: bool = False,
) -> dict[str, Json]:
    """Do an operation with the seed's parameter names and give the seed's outputs; never raises.

    `StatusCode` is Intercom's status, -1 where nothing was sent, 500 for a failure of ours;
    `ErrorMessage` is "" on success. `Remarks` is there where something is to be said although all
    went well.
    """
    try:
        result = operation.run(to, operation.given(body))
    except NothingSent as error:
        return failed(operation, NOT_SENT, str(error), objects_as_text=objects_as_text)
    except Incomplete as error:
        return _shown(operation, error.result, error.status, str(error), objects_as_text)
    except IntercomError as error:
        return failed(operation, *_told(error), objects_as_text=objects_as_text)
    except BridgeError as error:
        log.warning("operation failed", resource=operation.resource, operation=operation.name)
        return failed(operation, OURS, str(error), objects_as_text=objects_as_text)
    except Exception as error:
        log.exception("fault in an operation", resource=operation.resource, name=operation.name)
        told = f"a fault in the bridge ({type(error).__name__}): its log says more"
        return failed(operation, OURS, told, objects_as_text=objects_as_text)
    return _shown(operation, result, result.status, "", objects_as_text)


def failed(
    operation: Operation, status: int, message: str, *, objects_as_text: bool = False
) -> dict[str, Json]:
    """Give the answer of an operation that came to nothing: every output is there, empty."""
    outputs = {
        one.seed: one.form.show(one.form.empty, objects_as_text=objects_as_text)
        for one in operation.outputs
    }
    return {**outputs, "StatusCode": status, "ErrorMessage": message}


def _shown(
    operation: Operation, result: Result, status: int, message: str, objects_as_text: bool
) -> dict[str, Json]:
    outputs = {
        one.seed: one.form.show(getattr(result, one.name), objects_as_text=objects_as_text)
        for one in operation.outputs
    }
    remarks = {"Remarks": list(result.remarks)} if result.remarks else {}
    return {**outputs, "StatusCode": status, "ErrorMessage": message, **remarks}


def _told(error: IntercomError) -> tuple[int, str]:
    lost = isinstance(error, IntercomBusy) and error.lost
    warning = " It may have been done all the same: look before you repeat it." if lost else ""
    return error.status or OURS, f"{error}{warning}"
