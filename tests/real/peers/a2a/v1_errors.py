"""Every error of A2A 1.0 that a caller can cause, by a2a-sdk 1.x as it is."""

import uuid

from a2a.types import (
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    InvalidParamsError,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageRequest,
    Task,
    TaskNotCancelableError,
    TaskNotFoundError,
    TaskPushNotificationConfig,
    UnsupportedOperationError,
)
from a2a.utils.errors import ContentTypeNotSupportedError

from checks import check, refused
from v1_client import AGENT, HOOK, Caller, alice, bob, message, parameters
from v1_raw import NOBODYS, field_of

chat = Caller(alice.token, AGENT.rpartition("/")[0] + "/chat")


async def nothing_is_found(caller, task_id):
    """Whatever `caller` asks of the task, there is none."""
    client, known = await caller.client(), Task(id=task_id)
    key = {"task_id": task_id, "id": "some"}
    for doing in (
            client.get_task(GetTaskRequest(id=task_id), context=parameters()),
            client.cancel_task(CancelTaskRequest(id=task_id), context=parameters()),
            caller.watched(task_id),
            caller.sent(message("tck-complete-task", task=known)),
            caller.events(message("tck-complete-task", task=known)),
            client.create_task_push_notification_config(
                TaskPushNotificationConfig(task_id=task_id, url=HOOK), context=parameters()),
            client.get_task_push_notification_config(
                GetTaskPushNotificationConfigRequest(**key), context=parameters()),
            client.list_task_push_notification_configs(
                ListTaskPushNotificationConfigsRequest(task_id=task_id), context=parameters()),
            client.delete_task_push_notification_config(
                DeleteTaskPushNotificationConfigRequest(**key), context=parameters())):
        await refused(TaskNotFoundError, doing)


@check
async def a_task_that_is_not_there_is_not_found():
    await nothing_is_found(alice, NOBODYS)
    await nothing_is_found(alice, "no id of ours")


@check
async def a_task_of_another_is_not_found_and_not_listed():
    task = await alice.task("tck-input-required")
    await nothing_is_found(bob, task.id)
    for asked in (ListTasksRequest(context_id=task.context_id), ListTasksRequest()):
        listed = await (await bob.client()).list_tasks(asked, context=parameters())
        assert task.id not in {it.id for it in listed.tasks}, listed


@check
async def a_webhook_that_is_not_there_is_not_found():
    task, client = await alice.task("tck-complete-task"), await alice.client()
    asked = GetTaskPushNotificationConfigRequest(task_id=task.id, id="none")
    await refused(TaskNotFoundError, client.get_task_push_notification_config(asked, context=parameters()))


@check
async def a_task_that_has_ended_cannot_be_canceled():
    ended, canceled = await alice.task("tck-complete-task"), await alice.task("tck-cancel", return_immediately=True)
    client = await alice.client()
    await client.cancel_task(CancelTaskRequest(id=canceled.id), context=parameters())
    for task in (ended, canceled):
        asked = CancelTaskRequest(id=task.id)
        await refused(TaskNotCancelableError, client.cancel_task(asked, context=parameters()))


@check
async def a_task_that_has_ended_takes_no_message_and_no_watcher():
    task = await alice.task("tck-complete-task")
    await refused(UnsupportedOperationError, alice.sent(message("tck-complete-task", task=task)))
    await refused(UnsupportedOperationError, alice.events(message("tck-complete-task", task=task)))
    await refused(UnsupportedOperationError, alice.watched(task.id))


@check
async def a_context_that_is_not_the_tasks_is_refused():
    task = await alice.task("tck-input-required")
    request = message("tck-complete-task", task=task, context="another")
    await refused(InvalidParamsError, alice.sent(request))


@check
async def a_message_that_lacks_something_is_refused_and_the_field_is_named():
    whole = {"message_id": "some", "role": Role.ROLE_USER, "parts": [Part(text="please")]}
    for name, member in (("message_id", "messageId"), ("role", "role"), ("parts", "parts")):
        lacking = Message(**{key: value for key, value in whole.items() if key != name})
        request = SendMessageRequest(message=lacking)
        await refused(InvalidParamsError, alice.sent(request))
        await refused(InvalidParamsError, alice.events(request))
        assert member in await field_of(alice, "SendMessage", request), member
    await refused(InvalidParamsError, alice.sent(SendMessageRequest(message=Message(**{**whole, "parts": [Part()]}))))


@check
async def a_page_that_cannot_be_is_refused():
    client = await alice.client()
    for asked in ({"page_size": 0}, {"page_size": 101}, {"page_size": -1}, {"page_token": "none of yours"},
                  {"history_length": -1}):
        await refused(InvalidParamsError, client.list_tasks(ListTasksRequest(**asked), context=parameters()))


@check
async def a_webhook_without_an_address_is_refused():
    task, client = await alice.task("tck-complete-task"), await alice.client()
    for url in ("", "no address", "ftp://example.com/", "http://169.254.169.254/latest", "http://10.0.0.1/"):
        asked = TaskPushNotificationConfig(task_id=task.id, url=url)
        await refused(InvalidParamsError, client.create_task_push_notification_config(asked, context=parameters()))


@check
async def a_media_type_that_the_agent_does_not_take_is_refused():
    picture = [Part(raw=b"\x89PNG", media_type="image/png")]
    for caller in (chat, alice):
        await refused(ContentTypeNotSupportedError, caller.sent(message("picture", parts=picture)))


@check
async def a_key_that_was_used_for_another_request_is_refused():
    key = {"Idempotency-Key": str(uuid.uuid4())}
    await alice.task("tck-complete-task", headers=key)
    await refused(InvalidParamsError, alice.task("tck-artifact-text", headers=key))
