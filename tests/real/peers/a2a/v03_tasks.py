"""What is asked of tasks in A2A 0.3, and how it is refused, by a2a-sdk 0.3 as it is."""

import asyncio

from a2a.client import A2AClientHTTPError
from a2a.types import (
    FilePart,
    FileWithBytes,
    GetTaskPushNotificationConfigParams,
    Part,
    PushNotificationAuthenticationInfo,
    PushNotificationConfig,
    Task,
    TaskIdParams,
    TaskPushNotificationConfig,
    TaskQueryParams,
    TaskState,
    TaskStatus,
)

from checks import check, same
from v03_client import (
    AGENT,
    BINDING,
    HOOK,
    Caller,
    alice,
    bob,
    copied,
    message,
    narrow,
    nobody,
    outcome,
    refused,
    state,
)

NOBODYS = "01990000-0000-7000-8000-000000000000"
chat = Caller(None, AGENT.rpartition("/")[0] + "/chat")
chat.http.headers = alice.http.headers


@check
async def a_task_is_shown_with_as_much_history_as_asked():
    task = await alice.task("tck-complete-task", task=await alice.task("tck-input-required"))
    whole, one = await alice.shown(task), await alice.shown(task, history_length=1)
    assert len(whole.history) >= 2 and one.history == whole.history[-1:], whole
    same(state(whole), "completed")


@check
async def a_task_is_canceled():
    task = await alice.task("tck-cancel", blocking=False)
    same(state(await (await alice.client()).cancel_task(TaskIdParams(id=task.id))), "canceled")
    same(state(await alice.shown(task)), "canceled")


@check
async def all_who_watch_a_task_are_told_the_same():
    task = await alice.task("test-resubscribe-message-id", blocking=False)
    one, other = await asyncio.gather(alice.watched(task.id), alice.watched(task.id))
    same(outcome(one)[0], "completed")
    # Who came first has seen more.
    least = min(len(one), len(other)) - 1
    same(one[-least:], other[-least:])


@check
async def who_watches_a_task_that_asks_sees_its_end():
    task = await alice.task("tck-input-required")
    stream = (await alice.client(streaming=True)).resubscribe(TaskIdParams(id=task.id))
    first = copied(await anext(stream))
    same(state(first), "input-required")
    await alice.task("tck-complete-task", task=task)
    same(outcome([first, *[copied(answer) async for answer in stream]])[0], "completed")


def hook(task_id, name="mine"):
    wanted = PushNotificationAuthenticationInfo(schemes=["Bearer"], credentials="secret")
    config = PushNotificationConfig(id=name, url=HOOK, token="of the hook", authentication=wanted)
    return TaskPushNotificationConfig(task_id=task_id, push_notification_config=config)


@check
async def webhooks_are_kept_shown_listed_and_removed():
    client, task = await alice.client(), await alice.task("tck-complete-task")
    made = await client.set_task_callback(hook(task.id))
    same((made.task_id, made.push_notification_config.url), (task.id, HOOK))
    asked = GetTaskPushNotificationConfigParams(id=task.id, push_notification_config_id="mine")
    shown = (await client.get_task_callback(asked)).push_notification_config
    same((shown.id, shown.url), ("mine", HOOK))
    # This client has no words for the rest.
    if BINDING == "JSONRPC":
        listed = await alice.rpc("tasks/pushNotificationConfig/list", {"id": task.id})
        same([it["pushNotificationConfig"]["id"] for it in listed["result"]], ["mine"])
        key = {"id": task.id, "pushNotificationConfigId": "mine"}
        same((await alice.rpc("tasks/pushNotificationConfig/delete", key))["result"], None)
    else:
        path = f"{AGENT}/v1/tasks/{task.id}/pushNotificationConfigs"
        listed = (await alice.http.get(path)).json()
        same([it["name"] for it in listed["configs"]], [f"tasks/{task.id}/pushNotificationConfigs/mine"])
        assert (await alice.http.delete(f"{path}/mine")).is_success
    await refused(-32001, 404, client.get_task_callback(asked))


@check
async def callers_get_a_card_of_their_own():
    for caller, name in ((alice, "alice"), (bob, "bob")):
        card = await (await caller.client()).get_card()
        same(card.name, (await alice.card()).name)
        same([it.description for it in card.skills if it.id == "known-caller"], [f"Shown to {name} alone."])


async def nothing_is_found(caller, task_id):
    """Whatever `caller` asks of the task, there is none."""
    client = await caller.client()
    known = Task(id=task_id, context_id="", status=TaskStatus(state=TaskState.working))
    for doing in (
            client.get_task(TaskQueryParams(id=task_id)), client.cancel_task(TaskIdParams(id=task_id)),
            caller.watched(task_id), caller.sent(message("tck-complete-task", task=known)),
            caller.events(message("tck-complete-task", task=known)), client.set_task_callback(hook(task_id)),
            client.get_task_callback(
                GetTaskPushNotificationConfigParams(id=task_id, push_notification_config_id="some"))):
        await refused(-32001, 404, doing)


@check
async def a_task_that_is_not_there_is_not_found():
    await nothing_is_found(alice, NOBODYS)


@check
async def a_task_of_another_is_not_found_and_not_listed():
    await nothing_is_found(bob, (await alice.task("tck-input-required")).id)


@check
async def a_task_that_has_ended_cannot_be_canceled():
    task, client = await alice.task("tck-complete-task"), await alice.client()
    await refused(-32002, 400, client.cancel_task(TaskIdParams(id=task.id)))


@check
async def a_task_that_has_ended_takes_no_message_and_no_watcher():
    task = await alice.task("tck-complete-task")
    await refused(-32004, 400, alice.sent(message("tck-complete-task", task=task)))
    await refused(-32004, 400, alice.events(message("tck-complete-task", task=task)))


@check
async def a_context_that_is_not_the_tasks_is_refused():
    task = await alice.task("tck-input-required")
    await refused(-32602, 400, alice.sent(message("tck-complete-task", task=task, context="another")))


@check
async def a_message_that_lacks_something_is_refused_and_the_field_is_named():
    await refused(-32602, 400, alice.sent(message("tck-complete-task", parts=[])))


@check
async def a_media_type_that_the_agent_does_not_take_is_refused():
    picture = Part(root=FilePart(file=FileWithBytes(bytes="iVBORw==", mime_type="image/png")))
    for caller in (chat, alice):
        await refused(-32005, 400, caller.sent(message("picture", parts=[picture])))


@check
async def what_is_no_request_is_refused():
    if BINDING == "JSONRPC":
        for method, params, code in (("explode", {}, -32601), ("tasks/get", [1], -32602), ("tasks/get", {}, -32602)):
            same((await alice.rpc(method, params))["error"]["code"], code, method)
        same((await alice.http.post(AGENT, content=b"{")).json()["error"]["code"], -32700)
        same((await alice.http.post(AGENT, json={"id": 1})).json()["error"]["code"], -32600)
    else:
        same((await alice.http.post(f"{AGENT}/v1/message:send", content=b"{")).status_code, 400)
        same((await alice.http.post(f"{AGENT}/v1/message:explode", json={})).status_code, 404)
        error = (await alice.http.get(f"{AGENT}/v1/tasks/{NOBODYS}")).json()
        same((error["type"], bool(error["message"])), ("TaskNotFoundError", True))


@check
async def who_has_no_token_is_told_to_bring_one():
    for caller, status in ((nobody, 401), (narrow, 403)):
        try:
            await caller.sent(message("tck-complete-task"))
        except A2AClientHTTPError as error:
            same(error.status_code, status)
        else:
            raise AssertionError("it was done")
