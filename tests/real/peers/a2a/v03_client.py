"""What the checks with a2a-sdk 0.3 share: callers over one binding, messages, and what is read of answers.

AGENT is the agent's address, BINDING the one to use; TOKEN is a person's, OTHER_TOKEN another's, and NARROW_TOKEN
one without the right to send tasks.
"""

import os
import uuid

import httpx
from a2a.client import A2ACardResolver, A2AClientError, A2AClientHTTPError, ClientConfig, ClientFactory
from a2a.client.errors import A2AClientJSONRPCError
from a2a.types import (
    Message,
    MessageSendConfiguration,
    Part,
    Role,
    Task,
    TaskArtifactUpdateEvent,
    TaskIdParams,
    TaskQueryParams,
    TextPart,
)

AGENT, BINDING = os.environ["AGENT"], os.environ["BINDING"]
HOOK = "https://example.com/hook"
ENDED = {"completed", "failed", "canceled", "rejected"}


class Caller:
    """Someone with a token, or without, at an agent."""

    def __init__(self, token, agent=AGENT):
        self.agent, self.known = agent, None
        known = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.AsyncClient(timeout=30, headers=known)

    async def card(self):
        """As anyone may read it: without a token. It is fetched once."""
        if self.known is None:
            async with httpx.AsyncClient() as http:
                self.known = await A2ACardResolver(http, self.agent).get_agent_card()
        return self.known.model_copy(deep=True)

    async def client(self, *, streaming=False, believes=None, **config):
        """The official client, made of the card; `believes` is changed in the card that it goes by."""
        card = await self.card()
        for name, value in (believes or {}).items():
            setattr(card.capabilities, name, value)
        config = ClientConfig(
            supported_transports=[BINDING], streaming=streaming, httpx_client=self.http,
            use_client_preference=True, **config)
        return ClientFactory(config).create(card)

    async def events(self, said, *, streaming=True, believes=None, **configuration):
        """All that comes of a message: the task first, then what happened to it."""
        client = await self.client(streaming=streaming, believes=believes)
        more = MessageSendConfiguration(**configuration) if configuration else None
        return [copied(answer) async for answer in client.send_message(said, configuration=more)]

    async def sent(self, said, **configuration):
        """The one answer of a message that is sent without a stream."""
        (answer,) = await self.events(said, streaming=False, **configuration)
        return answer

    async def task(self, kind, *, task=None, context=None, parts=None, **configuration):
        """The task that such a message became, or went on with."""
        answer = await self.sent(message(kind, task=task, context=context, parts=parts), **configuration)
        assert isinstance(answer, Task), answer
        return answer

    async def shown(self, task, **more):
        return await (await self.client()).get_task(TaskQueryParams(id=task.id, **more))

    async def watched(self, task_id, believes=None):
        """All that a watcher of a task is told."""
        client = await self.client(streaming=True, believes=believes)
        return [copied(answer) async for answer in client.resubscribe(TaskIdParams(id=task_id))]

    async def rpc(self, method, params):
        """A request in JSON-RPC that the client could not make; gives its answer."""
        request = {"jsonrpc": "2.0", "id": "of-mine", "method": method, "params": params}
        answer = (await self.http.post(self.agent, json=request)).json()
        assert answer["id"] == "of-mine", answer
        return answer


alice, bob = Caller(os.environ["TOKEN"]), Caller(os.environ["OTHER_TOKEN"])
narrow, nobody = Caller(os.environ["NARROW_TOKEN"]), Caller(None)


def copied(answer):
    """What came last, as it came: the client goes on to write into what it gave."""
    if isinstance(answer, Message):
        return answer
    task, update = answer
    return (update or task).model_copy(deep=True)


def message(kind, *, task=None, context=None, parts=None):
    """A message of whose id the agent reads what to do."""
    parts = [Part(root=TextPart(text="please"))] if parts is None else parts
    return Message(
        message_id=f"{kind}-{uuid.uuid4()}", role=Role.user, parts=parts, task_id=task and task.id, context_id=context)


def text(message):
    return "\n".join(part.root.text for part in message.parts)


def state(thing):
    return thing.status.state.value


def outcome(events):
    """How a stream's task ended and what it made, by artifact; on the way, that the order holds and that the last
    event says that it is the last."""
    task, *rest = events
    assert isinstance(task, Task), f"the first event is a {type(task).__name__}"
    states, made = [state(task)], {it.artifact_id: list(it.parts) for it in task.artifacts or []}
    for event in rest:
        assert states[-1] not in ENDED, f"{event} after {states[-1]}"
        assert (event.task_id, event.context_id) == (task.id, task.context_id), event
        if isinstance(event, TaskArtifactUpdateEvent):
            before = made.get(event.artifact.artifact_id, []) if event.append else []
            made[event.artifact.artifact_id] = before + list(event.artifact.parts)
        else:
            states.append(state(event))
            assert event.final == (event is rest[-1]), event
    return states[-1], [[part.root for part in parts] for parts in made.values()], task


async def refused(code, status, doing):
    """Awaits what must be refused: with this code in JSON-RPC, with this status in REST. Of the errors of a stream
    this client tells neither."""
    try:
        done = await doing
    except A2AClientJSONRPCError as error:
        assert error.error.code == code, error
    except A2AClientHTTPError as error:
        assert error.status_code == status or "Invalid SSE response" in error.message, error
    except A2AClientError as error:
        raise AssertionError(f"refused, but so: {error!r}") from error
    else:
        raise AssertionError(f"it was done: {done}")
