"""An agent whose card offers none of the capabilities, by a client of 0.3 that asks all the same."""

from a2a.types import PushNotificationConfig, TaskPushNotificationConfig

from checks import check, same
from v03_client import HOOK, alice, message, refused, state

ALL = {"streaming": True, "push_notifications": True}


@check
async def the_card_offers_nothing():
    card = await alice.card()
    offered = [card.capabilities.streaming, card.capabilities.push_notifications]
    same([bool(it) for it in [*offered, card.supports_authenticated_extended_card]], [False] * 3)


@check
async def a_client_that_goes_by_the_card_gets_its_answers_whole():
    (answer,) = await alice.events(message("tck-stream-001"))
    same(state(answer), "completed")


@check
async def nothing_is_streamed():
    await refused(-32004, 400, alice.events(message("tck-stream-001"), believes=ALL))
    task = await alice.task("tck-input-required")
    await refused(-32004, 400, alice.watched(task.id, believes=ALL))


@check
async def no_webhook_is_taken():
    task, client = await alice.task("tck-complete-task"), await alice.client(believes=ALL)
    hook = PushNotificationConfig(url=HOOK)
    given = TaskPushNotificationConfig(task_id=task.id, push_notification_config=hook)
    await refused(-32003, 400, client.set_task_callback(given))
    with_hook = await alice.client(believes=ALL, push_notification_configs=[hook])
    await refused(-32003, 400, anext(with_hook.send_message(message("tck-complete-task"))))


@check
async def there_is_no_other_card():
    # This client does not ask where none is offered.
    same((await (await alice.client()).get_card()).name, (await alice.card()).name)


@check
async def all_else_is_as_ever():
    asked = await alice.task("tck-input-required")
    same(state(await alice.task("tck-complete-task", task=asked)), "completed")
