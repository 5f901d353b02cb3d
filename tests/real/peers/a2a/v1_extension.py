"""An agent that requires an extension of its callers."""

import os

from a2a.utils.errors import ExtensionSupportRequiredError

from checks import check, refused, same
from v1_client import BINDING, alice, message, outcome, parameters, state

EXTENSION = os.environ["EXTENSION"]
KNOWN = {"A2A-Extensions": f"urn:of-nobody, {EXTENSION}"}


@check
async def the_card_says_that_it_is_required():
    (declared,) = (await alice.card()).capabilities.extensions
    same((declared.uri, declared.required), (EXTENSION, True))


@check
async def who_does_not_know_it_is_refused():
    await refused(ExtensionSupportRequiredError, alice.sent(message("tck-complete-task")))
    await refused(ExtensionSupportRequiredError, alice.events(message("tck-complete-task")))
    another = {"A2A-Extensions": f"{EXTENSION}/2"}
    await refused(ExtensionSupportRequiredError, alice.sent(message("tck-complete-task"), another))


@check
async def who_knows_it_is_served():
    task = await alice.task("tck-artifact-text", headers=KNOWN)
    same(state(task), "COMPLETED")
    client = await alice.client(streaming=True)
    told = client.send_message(message("tck-stream-001"), context=parameters(KNOWN))
    same(outcome([event async for event in told])[0], "COMPLETED")


@check
async def the_answer_names_it():
    if BINDING == "GRPC":
        return  # its client does not show what comes beside an answer
    said = {"message": {"messageId": "tck-complete-task", "role": "ROLE_USER", "parts": [{"text": "please"}]}}
    rpc = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": said}
    path, body = ("", rpc) if BINDING == "JSONRPC" else ("/message:send", said)
    answer = await alice.raw("POST", path, json=body, headers=KNOWN)
    same((answer.status_code, answer.headers["A2A-Extensions"]), (200, EXTENSION))
