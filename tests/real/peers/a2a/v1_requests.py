"""What a2a-sdk 1.x cannot ask, so that it goes without it: versions, spellings, what is no request; and who may ask."""

from a2a.client.errors import A2AClientError

from checks import check, check_unless, refused, same
from v1_client import BINDING, Caller, alice, message, narrow, nobody
from v1_raw import NOBODYS, failed, rpc, wrong


@check
async def a_state_that_nobody_knows_is_refused():
    same(await wrong(alice, "ListTasks", {"status": "TASK_STATE_TIRED"}), "INVALID_PARAMS")


@check
async def a_version_that_nobody_speaks_is_refused():
    for version in ("9.9", "1", "latest"):
        same(await wrong(alice, "GetTask", {"id": NOBODYS}, version=version), "VERSION_NOT_SUPPORTED")


@check
async def a_patch_makes_no_other_version():
    for version in ("1.0.0", "1.0.7"):
        same(await wrong(alice, "GetTask", {"id": NOBODYS}, version=version), "TASK_NOT_FOUND")


@check_unless(BINDING == "GRPC")
async def names_in_snake_case_and_a_slash_at_the_end_are_taken():
    said = {"message": {"message_id": "tck-complete-task", "role": "ROLE_USER", "parts": [{"text": "please"}]}}
    if BINDING == "JSONRPC":
        answer = (await alice.raw("POST", "/", json=rpc("SendMessage", said))).json()["result"]
        shown = (await alice.raw("POST", json=rpc("GetTask", {"id": answer["task"]["id"], "history_length": 0}))).json()
        shown = shown["result"]
    else:
        answer = (await alice.raw("POST", "/message:send", json=said)).json()
        shown = (await alice.raw("GET", f"/tasks/{answer['task']['id']}?history_length=0")).json()
    same((answer["task"]["status"]["state"], shown["id"]), ("TASK_STATE_COMPLETED", answer["task"]["id"]))
    assert not shown.get("history"), shown


@check
async def no_version_is_0_3_which_has_none_of_these_operations():
    same(await wrong(alice, "GetTask", {"id": NOBODYS}, version=None), "VERSION_NOT_SUPPORTED")


@check
async def an_operation_that_is_not_there_is_said_so():
    where, _ = await failed(alice, "Explode", {})
    same(where, {"JSONRPC": -32601, "HTTP+JSON": (404, "NOT_FOUND"), "GRPC": "UNIMPLEMENTED"}[BINDING])


@check
async def an_error_says_its_reason_and_whose_it_is():
    same(await wrong(alice, "GetTask", {"id": NOBODYS}), "TASK_NOT_FOUND")
    where, _ = await failed(alice, "GetTask", {"id": NOBODYS})
    same(where, {"JSONRPC": -32001, "HTTP+JSON": (404, "NOT_FOUND"), "GRPC": "NOT_FOUND"}[BINDING])


@check
async def what_is_no_request_is_refused():
    if BINDING == "GRPC":
        return  # its library makes none
    path = "" if BINDING == "JSONRPC" else "/message:send"
    json = {"Content-Type": "application/json"}
    for body, code, reason in ((b"{", -32700, "PARSE_ERROR"), (b"[]", -32600, "INVALID_REQUEST")):
        answer = await alice.raw("POST", path, content=body, headers=json)
        wanted = (200, code) if BINDING == "JSONRPC" else (400, 400)
        same((answer.status_code, answer.json()["error"]["code"]), wanted)
        assert reason in answer.text, answer.text
    if BINDING == "JSONRPC":
        for lacking in ("jsonrpc", "method", "id"):
            request = {key: value for key, value in rpc("GetTask", {"id": NOBODYS}).items() if key != lacking}
            same((await alice.raw("POST", json=request)).json()["error"]["code"], -32600, lacking)
        same((await alice.raw("POST", json=rpc("GetTask", [1]))).json()["error"]["code"], -32602)


@check
async def who_has_no_token_is_told_to_bring_one():
    error = await refused(A2AClientError, nobody.sent(message("tck-complete-task")))
    assert "401" in str(error) or "UNAUTHENTICATED" in str(error), error
    error = await refused(A2AClientError, Caller("none.of.yours").watched(NOBODYS))
    assert "401" in str(error) or "UNAUTHENTICATED" in str(error), error
    if BINDING != "GRPC":
        answer = await nobody.raw("POST", "" if BINDING == "JSONRPC" else "/message:send", json={})
        assert answer.headers["www-authenticate"].startswith("Bearer"), answer.headers


@check
async def who_has_not_the_right_is_told_which():
    error = await refused(A2AClientError, narrow.sent(message("tck-complete-task")))
    assert "403" in str(error) or "PERMISSION_DENIED" in str(error), error
    if BINDING != "GRPC":
        answer = await narrow.raw("POST", "" if BINDING == "JSONRPC" else "/message:send", json={})
        assert "tasks:run" in answer.headers["www-authenticate"], answer.headers
