"""Requests that a2a-sdk 1.x does not make, over each binding, and what their errors say."""

import grpc
from a2a.types import a2a_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from google.rpc import error_details_pb2, status_pb2  # noqa: F401 (known to MessageToDict)

from v1_client import BINDING

REST = {
    "GetTask": lambda asked: ("GET", f"/tasks/{asked['id']}", {}),
    "ListTasks": lambda asked: ("GET", "/tasks", {"params": asked}),
    "SendMessage": lambda asked: ("POST", "/message:send", {"json": asked}),
    "Explode": lambda asked: ("POST", "/message:explode", {"json": asked}),
}
ERROR_INFO, BAD_REQUEST = (f"type.googleapis.com/google.rpc.{name}" for name in ("ErrorInfo", "BadRequest"))
DOMAIN = "a2a-protocol.org"
NOBODYS = "01990000-0000-7000-8000-000000000000"


def rpc(method, params):
    return {"jsonrpc": "2.0", "id": "of-mine", "method": method, "params": params}


async def failed(caller, method, asked, version="1.0"):
    """The error that such a request gets in the words of the binding, and its details."""
    if BINDING == "GRPC":
        return await failed_grpc(caller, method, asked, version)
    headers = {"A2A-Version": version or ""}
    if BINDING == "JSONRPC":
        answer = await caller.raw("POST", json=rpc(method, asked), headers=headers)
        assert answer.json()["id"] == "of-mine", answer.text
        error = answer.json()["error"]
        return error["code"], error["data"]
    verb, path, more = REST[method](asked)
    answer = await caller.raw(verb, path, headers=headers, **more)
    error = answer.json()["error"]
    assert (error["code"], bool(error["message"])) == (answer.status_code, True), answer.text
    return (answer.status_code, error["status"]), error["details"]


async def failed_grpc(caller, method, asked, version):
    (interface,) = [it for it in (await caller.card()).supported_interfaces if it.protocol_binding == "GRPC"]
    kind = getattr(a2a_pb2, f"{method}Request", a2a_pb2.GetTaskRequest)
    request = kind(tenant=interface.tenant)
    unknown = {name: 99 for name in asked if asked[name] == "TASK_STATE_TIRED"}
    ParseDict({**asked, **unknown}, request)
    known = {"authorization": f"Bearer {caller.token}", **({"a2a-version": version} if version else {})}
    async with grpc.aio.insecure_channel(interface.url) as channel:
        call = channel.unary_unary(
            f"/lf.a2a.v1.A2AService/{method}", request_serializer=kind.SerializeToString,
            response_deserializer=lambda answer: answer)
        try:
            answer = await call(request, metadata=tuple(known.items()), timeout=30)
        except grpc.aio.AioRpcError as error:
            return error.code().name, details(error)
    raise AssertionError(f"it was done: {answer}")


def details(error):
    found = status_pb2.Status()
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            found.ParseFromString(value)
    return [MessageToDict(detail) for detail in found.details]


async def wrong(caller, method, asked, version="1.0"):
    """The reason why such a request is refused."""
    _, found = await failed(caller, method, asked, version)
    (info,) = [detail for detail in found if detail["@type"] == ERROR_INFO]
    assert info["domain"] == DOMAIN, info
    return info["reason"]


async def field_of(caller, method, request):
    """The fields of a request of which its refusal speaks."""
    _, found = await failed(caller, method, MessageToDict(request))
    (bad,) = [detail for detail in found if detail["@type"] == BAD_REQUEST]
    assert all(it["description"] for it in bad["fieldViolations"]), bad
    return " ".join(it["field"] for it in bad["fieldViolations"])
