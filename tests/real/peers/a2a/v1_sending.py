"""Messages and streams of A2A 1.0, by a2a-sdk 1.x as it is."""

import os
import uuid

import httpx
import jwt
from a2a.types import AgentCard, Part
from a2a.utils.signing import InvalidSignaturesError, create_signature_verifier
from google.protobuf.json_format import MessageToDict

from checks import check, same
from v1_client import BINDING, Caller, alice, message, outcome, says, state, told



async def made(kind):
    """The one part of the one artifact that such a message gets."""
    task = await alice.task(kind)
    same(state(task), "COMPLETED")
    ((part,),) = [artifact.parts for artifact in task.artifacts]
    return part


@check
async def the_card_is_public_and_names_the_binding():
    card = await alice.card()
    assert BINDING in {it.protocol_binding for it in card.supported_interfaces if it.protocol_version == "1.0"}, card
    assert card.name and card.description and card.version and card.skills and card.security_requirements, card


@check
async def the_card_is_signed_with_a_key_that_everyone_can_get():
    def key(kid, jku):
        return jwt.PyJWKSet.from_dict(httpx.get(jku).json())[kid]

    verify, card = create_signature_verifier(key, ["ES256"]), AgentCard()
    verify(await alice.card())
    card.CopyFrom(await alice.card())
    card.description += "!"
    try:
        verify(card)
    except InvalidSignaturesError:
        return
    raise AssertionError("it holds for another card, too")


@check
async def the_default_agent_stands_at_the_root():
    task = await Caller(alice.token, agent=os.environ["GATEWAY"]).task("tck-artifact-text")
    same(task.artifacts[0].parts[0].text, "Generated text content")


@check
async def a_message_is_answered_once_its_task_has_ended():
    request = message("tck-complete-task")
    task = (await alice.sent(request)).task
    same((state(task), says(task)), ("COMPLETED", "Hello from TCK"))
    assert task.id and task.context_id and task.status.HasField("timestamp"), task
    same(task.history[0].message_id, request.message.message_id)
    same([(it.task_id, it.context_id) for it in task.history], [(task.id, task.context_id)] * len(task.history))


@check
async def an_answer_that_need_not_wait_comes_at_once():
    task = await alice.task("test-resubscribe-message-id", return_immediately=True)
    assert state(task) in ("SUBMITTED", "WORKING"), task
    same(outcome(await alice.watched(task.id))[0], "COMPLETED")


@check
async def an_artifact_of_text_arrives():
    same((await made("tck-artifact-text")).text, "Generated text content")


@check
async def an_artifact_of_a_file_arrives():
    part = await made("tck-artifact-file")
    same((part.raw, part.filename, part.media_type), (b"tck", "output.txt", "text/plain"))


@check
async def an_artifact_that_is_elsewhere_arrives():
    part = await made("tck-artifact-file-url")
    same((part.url, part.filename), ("https://example.com/output.txt", "output.txt"))


@check
async def an_artifact_of_data_arrives():
    same(MessageToDict((await made("tck-artifact-data")).data), {"key": "value", "count": 42})


@check
async def an_agent_may_answer_with_a_message():
    answer = await alice.sent(message("tck-message-response"))
    same(answer.WhichOneof("payload"), "message")
    assert answer.message.message_id and answer.message.context_id and says(answer.message), answer


@check
async def an_agent_may_reject_and_may_fail():
    same(state(await alice.task("tck-reject-task")), "REJECTED")
    failed = await alice.task("tck-task-failure")
    assert state(failed) == "FAILED" and says(failed), failed


@check
async def a_task_that_asks_goes_on_with_the_answer():
    asked = await alice.task("tck-input-required")
    assert state(asked) == "INPUT_REQUIRED" and says(asked), asked
    ended = await alice.task("tck-complete-task", task=asked)
    same((ended.id, ended.context_id, state(ended)), (asked.id, asked.context_id, "COMPLETED"))
    assert len([it for it in ended.history if it.role == 1]) == 2, ended.history


@check
async def a_conversation_goes_on_until_it_is_done():
    task = await alice.task("tck-multi-turn")
    for text, wanted in (("more", "INPUT_REQUIRED"), ("done", "COMPLETED")):
        task = await alice.task("turn", task=task, context=task.context_id, parts=[Part(text=text)])
        same(state(task), wanted)


@check
async def a_task_that_wants_credentials_goes_on_with_them():
    asked = await alice.task("tck-auth-required")
    assert state(asked) == "AUTH_REQUIRED" and says(asked), asked
    same(state(await alice.task("given", task=asked)), "COMPLETED")


@check
async def a_context_of_the_callers_is_kept():
    context = f"context-{uuid.uuid4()}"
    tasks = [await alice.task("tck-complete-task", context=context) for _ in range(2)]
    same([task.context_id for task in tasks], [context, context])
    assert tasks[0].id != tasks[1].id


@check
async def a_stream_tells_all_in_order():
    for kind, text in (("tck-stream-001", "Stream hello from TCK"), ("tck-stream-003", "Stream task lifecycle"),
                       ("tck-stream-ordering-001", "Ordered output"),
                       ("tck-stream-artifact-text", "Streamed text content")):
        ended, ((part,),), _ = outcome(await alice.events(message(kind)))
        same((ended, part.text), ("COMPLETED", text), kind)
    ended, ((part,),), _ = outcome(await alice.events(message("tck-stream-artifact-file")))
    same((ended, part.raw), ("COMPLETED", b"tck"))
    same(outcome(await alice.events(message("tck-stream-002")))[:2], ("COMPLETED", []))


@check
async def a_stream_tells_an_artifact_in_chunks():
    ended, (parts,), _ = outcome(await alice.events(message("tck-stream-artifact-chunked")))
    same((ended, "".join(part.text for part in parts)), ("COMPLETED", "chunk-1 chunk-2"))


@check
async def a_stream_of_a_message_is_that_message():
    ((kind, answer),) = map(told, await alice.events(message("tck-message-response")))
    assert kind == "message" and says(answer), answer


@check
async def a_stream_pauses_where_the_agent_asks():
    ended, made, task = outcome(await alice.events(message("tck-input-required")))
    same((ended, made), ("INPUT_REQUIRED", []))
    same(outcome(await alice.events(message("tck-complete-task", task=task)))[0], "COMPLETED")
