"""An agent that requires an extension of its callers, by a client of 0.3."""

import os

from checks import check, same
from v03_client import alice, copied, message, outcome, refused, state

EXTENSION = os.environ["EXTENSION"]


@check
async def the_card_says_that_it_is_required():
    (declared,) = (await alice.card()).capabilities.extensions
    same((declared.uri, declared.required), (EXTENSION, True))


@check
async def who_does_not_know_it_is_refused():
    # 0.3 has no name for it.
    await refused(-32603, 400, alice.sent(message("tck-complete-task")))
    await refused(-32603, 400, alice.events(message("tck-complete-task")))


@check
async def who_knows_it_is_served():
    client = await alice.client(extensions=["urn:of-nobody", EXTENSION])
    ((task, _),) = [answer async for answer in client.send_message(message("tck-artifact-text"))]
    same(state(task), "completed")
    client = await alice.client(streaming=True, extensions=[EXTENSION])
    told = [copied(answer) async for answer in client.send_message(message("tck-stream-002"))]
    same(outcome(told)[0], "completed")


@check
async def the_answer_names_it():
    said = {"messageId": "tck-complete-task", "role": "user", "parts": [{"kind": "text", "text": "please"}]}
    rpc = {"jsonrpc": "2.0", "id": 1, "method": "message/send", "params": {"message": said}}
    answer = await alice.http.post(alice.agent, json=rpc, headers={"X-A2A-Extensions": EXTENSION})
    same((answer.status_code, answer.headers["X-A2A-Extensions"]), (200, EXTENSION))
