"""What is asked of tasks in A2A 1.0, by a2a-sdk 1.x as it is."""

import asyncio
import uuid

from a2a.types import (
    AuthenticationInfo,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
    TaskState,
)

from checks import check, check_unless, same
from v1_client import BINDING, HOOK, alice, bob, message, outcome, parameters, state, told


@check
async def a_task_is_shown_with_as_much_history_as_asked():
    task = await alice.task("tck-complete-task", task=await alice.task("tck-input-required"))
    shown = {length: await alice.shown(task, **length_of(length)) for length in (None, 0, 1, 2)}
    same([len(shown[length].history) for length in (0, 1, 2)], [0, 1, 2])
    whole = list(shown[None].history)
    assert len(whole) >= 2 and list(shown[2].history) == whole[-2:], whole
    same((state(shown[0]), shown[0].id), ("COMPLETED", task.id))
    same(len((await alice.task("tck-complete-task", history_length=0)).history), 0)


def length_of(length):
    return {} if length is None else {"history_length": length}


@check
async def tasks_are_listed_by_context_state_and_time():
    client, context = await alice.client(), f"context-{uuid.uuid4()}"
    first, second = [await alice.task(kind, context=context) for kind in ("tck-artifact-text", "tck-reject-task")]
    whole = await client.list_tasks(ListTasksRequest(context_id=context), context=parameters())
    same([task.id for task in whole.tasks], [second.id, first.id], "the newest first")
    same((whole.total_size, whole.page_size, whole.next_page_token), (2, 50, ""))
    same([len(task.artifacts) for task in whole.tasks], [0, 0])
    asked = {"status": TaskState.TASK_STATE_COMPLETED, "include_artifacts": True}
    (only,) = (await client.list_tasks(ListTasksRequest(context_id=context, **asked), context=parameters())).tasks
    same((only.id, len(only.artifacts)), (first.id, 1))
    late = ListTasksRequest(context_id=context, status_timestamp_after=second.status.timestamp)
    same([task.id for task in (await client.list_tasks(late, context=parameters())).tasks], [second.id])


@check
async def tasks_are_listed_in_pages():
    client, context = await alice.client(), f"context-{uuid.uuid4()}"
    made = [(await alice.task("tck-complete-task", context=context)).id for _ in range(3)]
    seen, token = [], ""
    for size in (2, 1):
        asked = ListTasksRequest(context_id=context, page_size=2, page_token=token)
        page = await client.list_tasks(asked, context=parameters())
        same((len(page.tasks), page.total_size, page.page_size), (size, 3, 2))
        seen, token = seen + [task.id for task in page.tasks], page.next_page_token
    same((seen, token), (made[::-1], ""))


@check
async def a_task_is_canceled():
    task = await alice.task("tck-cancel", return_immediately=True)
    asked = CancelTaskRequest(id=task.id)
    same(state(await (await alice.client()).cancel_task(asked, context=parameters())), "CANCELED")
    same(state(await alice.shown(task)), "CANCELED")


@check
async def all_who_watch_a_task_are_told_the_same():
    task = await alice.task("test-resubscribe-message-id", return_immediately=True)
    one, other = await asyncio.gather(alice.watched(task.id), alice.watched(task.id))
    same(outcome(one)[0], "COMPLETED")
    # Who came first has seen more.
    least = min(len(one), len(other)) - 1
    same([told(event) for event in one][-least:], [told(event) for event in other][-least:])


@check
async def who_watches_a_task_that_asks_sees_its_end():
    task = await alice.task("tck-input-required")
    client = await alice.client(streaming=True)
    stream = client.subscribe(SubscribeToTaskRequest(id=task.id), context=parameters())
    first = await anext(stream)
    same(state(told(first)[1]), "INPUT_REQUIRED")
    await alice.task("tck-complete-task", task=task)
    same(outcome([first, *[event async for event in stream]])[0], "COMPLETED")


@check
async def webhooks_are_kept_shown_listed_and_removed():
    client, task = await alice.client(), await alice.task("tck-complete-task")
    made = [await client.create_task_push_notification_config(hook, context=parameters()) for hook in (
        TaskPushNotificationConfig(task_id=task.id, url=HOOK, token="of the hook"),
        TaskPushNotificationConfig(task_id=task.id, id="mine", url=HOOK + "/2", authentication=AuthenticationInfo(
            scheme="Bearer", credentials="secret")))]
    assert made[0].id and made[1].id == "mine", made
    key = {"task_id": task.id, "id": "mine"}
    shown = await client.get_task_push_notification_config(
        GetTaskPushNotificationConfigRequest(**key), context=parameters())
    same((shown.id, shown.url, shown.task_id), ("mine", HOOK + "/2", task.id))
    asked = ListTaskPushNotificationConfigsRequest(task_id=task.id)
    listed = await client.list_task_push_notification_configs(asked, context=parameters())
    same({hook.id for hook in listed.configs}, {hook.id for hook in made})
    for _ in range(2):
        await client.delete_task_push_notification_config(
            DeleteTaskPushNotificationConfigRequest(**key), context=parameters())
    listed = await client.list_task_push_notification_configs(asked, context=parameters())
    same([hook.id for hook in listed.configs], [made[0].id])


@check
async def callers_get_a_card_of_their_own():
    for caller, name in ((alice, "alice"), (bob, "bob")):
        client = await caller.client()
        card = await client.get_extended_agent_card(GetExtendedAgentCardRequest(), context=parameters())
        same(card.name, (await alice.card()).name)
        same([it.description for it in card.skills if it.id == "known-caller"], [f"Shown to {name} alone."])
    same([it.id for it in (await alice.card()).skills], ["conformance"])


@check
async def a_request_that_is_repeated_makes_one_task():
    request, key = message("tck-complete-task"), {"Idempotency-Key": str(uuid.uuid4())}
    once, again = [(await alice.sent(request, key)).task for _ in range(2)]
    same(again.id, once.id)
    same((await alice.sent(message("tck-complete-task"))).task.id == once.id, False)


@check
async def a_message_id_that_comes_again_is_another_message():
    request = message("tck-complete-task")
    one, other = [(await alice.sent(request)).task for _ in range(2)]
    assert one.id != other.id


# gRPC has no numbers of events.
@check_unless(BINDING == "GRPC")
async def a_stream_that_broke_goes_on_after_its_last_event():
    task = await alice.task("tck-stream-artifact-chunked")
    numbers, events = await numbered(task.id), await after(task.id, 1)
    kinds = [kind for kind, _ in events]
    assert set(kinds) == {"status_update", "artifact_update"} and kinds.count("artifact_update") == 2, kinds
    same(state(events[-1][1]), "COMPLETED")
    same(len(numbers), len(events))
    for at, number in enumerate(numbers, 1):
        same(await after(task.id, number), events[at:], f"what follows {number}")


async def after(task_id, number):
    return [told(event) for event in await alice.watched(task_id, {"Last-Event-ID": str(number)})]


async def numbered(task_id):
    """The numbers of all events, which the client does not show."""
    rpc = {"jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": {"id": task_id}}
    path, more = ("", {"json": rpc}) if BINDING == "JSONRPC" else (f"/tasks/{task_id}:subscribe", {})
    answer = await alice.raw("POST", path, headers={"Last-Event-ID": "1"}, **more)
    return [int(line.removeprefix("id: ")) for line in answer.text.splitlines() if line.startswith("id: ")]
