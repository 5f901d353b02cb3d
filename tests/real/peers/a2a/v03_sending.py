"""Messages and streams of A2A 0.3, by a2a-sdk 0.3 as it is."""

import os
import uuid

from a2a.types import Message, Part, TextPart

from checks import check, same
from v03_client import BINDING, Caller, alice, message, outcome, state, text


async def made(kind):
    """The one part of the one artifact that such a message gets."""
    task = await alice.task(kind)
    same(state(task), "completed")
    ((part,),) = [artifact.parts for artifact in task.artifacts]
    return part.root


@check
async def the_card_is_public_and_names_the_binding():
    card = await alice.card()
    offered = {card.preferred_transport: card.url, **{it.transport: it.url for it in card.additional_interfaces or []}}
    assert BINDING in offered and card.protocol_version.startswith("0.3"), card
    assert card.name and card.description and card.version and card.skills and card.security, card


@check
async def the_default_agent_stands_at_the_root():
    root = Caller(None, agent=os.environ["GATEWAY"])
    root.http.headers = alice.http.headers
    same((await root.task("tck-artifact-text")).artifacts[0].parts[0].root.text, "Generated text content")


@check
async def a_message_is_answered_once_its_task_has_ended():
    said = message("tck-complete-task")
    task = await alice.sent(said)
    same((state(task), text(task.status.message)), ("completed", "Hello from TCK"))
    # What this client reads of REST has no moment.
    assert task.id and task.context_id and (task.status.timestamp or BINDING != "JSONRPC"), task
    same(task.history[0].message_id, said.message_id)


@check
async def an_answer_that_need_not_wait_comes_at_once():
    task = await alice.task("test-resubscribe-message-id", blocking=False)
    assert state(task) in ("submitted", "working"), task
    same(outcome(await alice.watched(task.id))[0], "completed")


@check
async def an_artifact_of_text_arrives():
    same((await made("tck-artifact-text")).text, "Generated text content")


@check
async def an_artifact_of_a_file_arrives():
    file = (await made("tck-artifact-file")).file
    same((file.bytes, file.name, file.mime_type), ("dGNr", "output.txt", "text/plain"))


@check
async def an_artifact_that_is_elsewhere_arrives():
    file = (await made("tck-artifact-file-url")).file
    same((file.uri, file.name), ("https://example.com/output.txt", "output.txt"))


@check
async def an_artifact_of_data_arrives():
    same((await made("tck-artifact-data")).data, {"key": "value", "count": 42})


@check
async def an_agent_may_answer_with_a_message():
    answer = await alice.sent(message("tck-message-response"))
    assert isinstance(answer, Message) and answer.message_id and answer.context_id and text(answer), answer


@check
async def an_agent_may_reject_and_may_fail():
    same(state(await alice.task("tck-reject-task")), "rejected")
    failed = await alice.task("tck-task-failure")
    assert state(failed) == "failed" and text(failed.status.message), failed


@check
async def a_task_that_asks_goes_on_with_the_answer():
    asked = await alice.task("tck-input-required")
    assert state(asked) == "input-required" and text(asked.status.message), asked
    ended = await alice.task("tck-complete-task", task=asked)
    same((ended.id, ended.context_id, state(ended)), (asked.id, asked.context_id, "completed"))
    same(len([it for it in ended.history if it.role.value == "user"]), 2)


@check
async def a_conversation_goes_on_until_it_is_done():
    task = await alice.task("tck-multi-turn")
    for words, wanted in (("more", "input-required"), ("done", "completed")):
        task = await alice.task(
            "turn", task=task, context=task.context_id, parts=[Part(root=TextPart(text=words))])
        same(state(task), wanted)


@check
async def a_task_that_wants_credentials_goes_on_with_them():
    asked = await alice.task("tck-auth-required")
    assert state(asked) == "auth-required" and text(asked.status.message), asked
    same(state(await alice.task("given", task=asked)), "completed")


@check
async def a_context_of_the_callers_is_kept():
    context = f"context-{uuid.uuid4()}"
    tasks = [await alice.task("tck-complete-task", context=context) for _ in range(2)]
    same([task.context_id for task in tasks], [context, context])
    assert tasks[0].id != tasks[1].id


@check
async def a_stream_tells_all_in_order():
    for kind, words in (("tck-stream-001", "Stream hello from TCK"), ("tck-stream-003", "Stream task lifecycle"),
                        ("tck-stream-ordering-001", "Ordered output"),
                        ("tck-stream-artifact-text", "Streamed text content")):
        ended, ((part,),), _ = outcome(await alice.events(message(kind)))
        same((ended, part.text), ("completed", words), kind)
    ended, ((part,),), _ = outcome(await alice.events(message("tck-stream-artifact-file")))
    same((ended, part.file.bytes), ("completed", "dGNr"))
    same(outcome(await alice.events(message("tck-stream-002")))[:2], ("completed", []))


@check
async def a_stream_tells_an_artifact_in_chunks():
    ended, (parts,), _ = outcome(await alice.events(message("tck-stream-artifact-chunked")))
    same((ended, "".join(part.text for part in parts)), ("completed", "chunk-1 chunk-2"))


@check
async def a_stream_of_a_message_is_that_message():
    (answer,) = await alice.events(message("tck-message-response"))
    assert isinstance(answer, Message) and text(answer), answer


@check
async def a_stream_pauses_where_the_agent_asks():
    ended, made, task = outcome(await alice.events(message("tck-input-required")))
    same((ended, made), ("input-required", []))
    same(outcome(await alice.events(message("tck-complete-task", task=task)))[0], "completed")
