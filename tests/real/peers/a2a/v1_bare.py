"""An agent whose card offers none of the capabilities, by a client that asks all the same."""

from a2a.types import (
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    ListTaskPushNotificationConfigsRequest,
    PushNotificationNotSupportedError,
    TaskPushNotificationConfig,
    UnsupportedOperationError,
)

from checks import check, refused, same
from v1_client import HOOK, alice, message, outcome, parameters, state

ALL = {"streaming": True, "push_notifications": True, "extended_agent_card": True}


@check
async def the_card_offers_nothing():
    offered = (await alice.card()).capabilities
    same([getattr(offered, name) for name in ALL], [False] * len(ALL))


@check
async def a_client_that_goes_by_the_card_gets_its_answers_whole():
    (answer,) = await alice.events(message("tck-stream-001"))
    same(state(answer.task), "COMPLETED")


@check
async def nothing_is_streamed():
    await refused(UnsupportedOperationError, alice.events(message("tck-stream-001"), believes=ALL))
    task = await alice.task("tck-input-required")
    await refused(UnsupportedOperationError, alice.watched(task.id, believes=ALL))


@check
async def no_webhook_is_taken():
    task, client = await alice.task("tck-complete-task"), await alice.client(believes=ALL)
    hook, key = TaskPushNotificationConfig(task_id=task.id, url=HOOK), {"task_id": task.id, "id": "some"}
    for doing in (
            client.create_task_push_notification_config(hook, context=parameters()),
            client.get_task_push_notification_config(
                GetTaskPushNotificationConfigRequest(**key), context=parameters()),
            client.list_task_push_notification_configs(
                ListTaskPushNotificationConfigsRequest(task_id=task.id), context=parameters()),
            client.delete_task_push_notification_config(
                DeleteTaskPushNotificationConfigRequest(**key), context=parameters()),
            alice.sent(message(
                "tck-complete-task", task_push_notification_config=TaskPushNotificationConfig(url=HOOK)))):
        await refused(PushNotificationNotSupportedError, doing)


@check
async def there_is_no_other_card():
    client = await alice.client(believes=ALL)
    asked = client.get_extended_agent_card(GetExtendedAgentCardRequest(), context=parameters())
    await refused(UnsupportedOperationError, asked)


@check
async def all_else_is_as_ever():
    same(outcome(await alice.events(message("tck-artifact-text"), streaming=False))[0], "COMPLETED")
    asked = await alice.task("tck-input-required")
    same(state(await alice.task("tck-complete-task", task=asked)), "COMPLETED")
