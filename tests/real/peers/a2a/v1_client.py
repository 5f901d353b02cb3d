"""What the checks with a2a-sdk 1.x share: callers over one binding, messages, and what is read of answers.

AGENT is the agent's address, BINDING the one to use, in VERSION (1.0); TOKEN is a person's, OTHER_TOKEN another's, and
NARROW_TOKEN one without the right to send tasks.
"""

import os
import uuid

import grpc
import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.client.auth import AuthInterceptor, CredentialService
from a2a.client.card_resolver import A2ACardResolver
from a2a.client.client import ClientCallContext
from a2a.types import (
    AgentCard,
    GetTaskRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskState,
)

AGENT, BINDING, SPOKEN = os.environ["AGENT"], os.environ["BINDING"], os.environ.get("VERSION", "1.0")
VERSION = {"A2A-Version": "1.0"}
HOOK = "https://example.com/hook"
ENDED = {"COMPLETED", "FAILED", "CANCELED", "REJECTED"}


class Fixed(CredentialService):
    """One token, whatever the card's scheme is called."""

    def __init__(self, token):
        self.token = token

    async def get_credentials(self, security_scheme_name, context):
        return self.token


class Caller:
    """Someone with a token, or without, at an agent."""

    def __init__(self, token, agent=AGENT, binding=BINDING, version=SPOKEN):
        self.token, self.agent, self.binding, self.version = token, agent, binding, version
        self.http, self.known = httpx.AsyncClient(timeout=30), None

    async def card(self):
        """As anyone may read it: without a token. It is fetched once."""
        if self.known is None:
            self.known = await A2ACardResolver(self.http, self.agent).get_agent_card()
        return self.known

    async def client(self, *, streaming=False, believes=None, **config):
        """The official client, made of the card; `believes` is changed in the card that it goes by. Of several
        versions it takes the newest, so a caller of an older one sees no other."""
        card = AgentCard()
        card.CopyFrom(await self.card())
        offered = [it for it in card.supported_interfaces if it.protocol_version.startswith(self.version)]
        del card.supported_interfaces[:]
        card.supported_interfaces.extend(offered)
        for name, value in (believes or {}).items():
            setattr(card.capabilities, name, value)
        config = ClientConfig(
            supported_protocol_bindings=[self.binding], streaming=streaming, httpx_client=self.http,
            grpc_channel_factory=grpc.aio.insecure_channel, **config)
        interceptors = [AuthInterceptor(Fixed(self.token))] if self.token else []
        return ClientFactory(config).create(card, interceptors)

    async def events(self, request, *, streaming=True, **more):
        """All that comes of a message."""
        client = await self.client(streaming=streaming, **more)
        return [event async for event in client.send_message(request, context=parameters())]

    async def sent(self, request, headers=None):
        """The one answer of a message that is sent without a stream."""
        client = await self.client()
        (answer,) = [event async for event in client.send_message(request, context=parameters(headers))]
        return answer

    async def task(self, kind, *, headers=None, **more):
        """The task that such a message became, or went on with."""
        answer = await self.sent(message(kind, **more), headers)
        assert answer.HasField("task"), answer
        return answer.task

    async def shown(self, task, **more):
        return await (await self.client()).get_task(GetTaskRequest(id=task.id, **more), context=parameters())

    async def watched(self, task_id, headers=None, **more):
        """All that a watcher of a task is told."""
        client = await self.client(streaming=True, **more)
        asked = SubscribeToTaskRequest(id=task_id)
        return [event async for event in client.subscribe(asked, context=parameters(headers))]

    async def raw(self, method, path="", *, headers=None, **more):
        """A request that the client could not make, with the headers that it would have sent."""
        known = {"Authorization": f"Bearer {self.token}", **VERSION} if self.token else VERSION
        return await self.http.request(method, self.agent + path, headers={**known, **(headers or {})}, **more)


def parameters(headers=None):
    return ClientCallContext(service_parameters=dict(headers or {}), timeout=30)


def message(kind, *, task=None, context=None, parts=None, **configuration):
    """A message of whose id the agent reads what to do."""
    return SendMessageRequest(
        message=Message(
            message_id=f"{kind}-{uuid.uuid4()}", role=Role.ROLE_USER, task_id=task and task.id, context_id=context,
            parts=[Part(text="please")] if parts is None else parts),
        configuration=SendMessageConfiguration(**configuration))


def state(thing):
    """COMPLETED, of a task or of an event that tells a state."""
    return TaskState.Name(thing.status.state).removeprefix("TASK_STATE_")


def says(thing):
    """The text of a message, or of the message beside a state."""
    parts = thing.parts if isinstance(thing, Message) else thing.status.message.parts
    return "\n".join(part.text for part in parts)


def told(event):
    """What kind of event it is, and its content."""
    kind = event.WhichOneof("payload")
    return kind, getattr(event, kind)


def outcome(events):
    """How a stream's task ended and what it made, by name of the artifact; on the way, that the order holds."""
    (first, task), *rest = map(told, events)
    assert first == "task", f"the first event is a {first}"
    states, made = [state(task)], {artifact.artifact_id: list(artifact.parts) for artifact in task.artifacts}
    for kind, event in rest:
        assert states[-1] not in ENDED, f"{kind} after {states[-1]}"
        assert (event.task_id, event.context_id) == (task.id, task.context_id), event
        if kind == "artifact_update":
            before = made.get(event.artifact.artifact_id, []) if event.append else []
            made[event.artifact.artifact_id] = before + list(event.artifact.parts)
        else:
            assert kind == "status_update", f"a {kind} in the middle"
            states.append(state(event))
    assert "SUBMITTED" not in states[1:], states
    return states[-1], list(made.values()), task


alice, bob = Caller(os.environ["TOKEN"]), Caller(os.environ["OTHER_TOKEN"])
narrow, nobody = Caller(os.environ["NARROW_TOKEN"]), Caller(None)
