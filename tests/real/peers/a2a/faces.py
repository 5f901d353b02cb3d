"""The faces of the gateway, as the pairs look at them: five bindings of A2A and the simple face."""

import os

from a2a.types import (
    CancelTaskRequest,
    GetTaskPushNotificationConfigRequest,
    ListTasksRequest,
    Task,
    TaskPushNotificationConfig,
)
from google.protobuf.json_format import MessageToDict

from v1_client import HOOK, Caller, parameters, says, state

TOKEN, GATEWAY = os.environ["TOKEN"], os.environ["GATEWAY"]
WORDS = {"COMPLETED": "done", "FAILED": "error", "REJECTED": "error", "CANCELED": "error", "SUBMITTED": "queued"}


class A2a:
    """One binding of A2A."""

    def __init__(self, binding, version):
        self.caller = Caller(TOKEN, binding=binding, version=version)
        self.lists = version == "1.0"

    async def make(self, kind, **more):
        return (await self.caller.task(kind, **more)).id

    async def answer(self, task_id, kind):
        return state(await self.caller.task(kind, task=Task(id=task_id)))

    async def shows(self, task_id):
        """All that there is to see of a task."""
        task = await self.caller.shown(Task(id=task_id))
        return {
            "id": task.id, "context": task.context_id, "state": state(task), "says": says(task),
            "artifacts": [[written(part) for part in artifact.parts] for artifact in task.artifacts],
            "history": [(it.role, it.message_id, [written(part) for part in it.parts]) for it in task.history]}

    async def shows_plainly(self, task_id):
        return plainly(await self.shows(task_id))

    async def cancel(self, task_id):
        client = await self.caller.client()
        await client.cancel_task(CancelTaskRequest(id=task_id), context=parameters())

    async def hook(self, task_id, name):
        client = await self.caller.client()
        await client.create_task_push_notification_config(
            TaskPushNotificationConfig(task_id=task_id, id=name, url=f"{HOOK}/{name}"), context=parameters())

    async def hooks(self, task_id, name):
        client = await self.caller.client()
        asked = GetTaskPushNotificationConfigRequest(task_id=task_id, id=name)
        found = await client.get_task_push_notification_config(asked, context=parameters())
        return found.task_id, found.id, found.url

    async def listed(self, context):
        client, found, token = await self.caller.client(), set(), None
        while token != "":
            asked = ListTasksRequest(context_id=context, page_size=100, page_token=token)
            page = await client.list_tasks(asked, context=parameters())
            found, token = found | {task.id for task in page.tasks}, page.next_page_token
        return found


class Simple:
    """The face of the original: it sends input and shows a result, and knows nothing of follow-ups and webhooks."""

    lists = True

    def __init__(self):
        self.caller = Caller(TOKEN, agent=GATEWAY)

    async def asks(self, method, path, **more):
        answer = await self.caller.raw(method, path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def make(self):
        sent = await self.asks("POST", "/a2a/tasks/send", json={"target": "conformance", "input": {"of": "mine"}})
        ended = await self.asks("GET", f"/a2a/tasks/status/{sent['task_id']}?wait=20")
        while ended["state"] not in ("done", "error"):
            ended = await self.asks("GET", f"/a2a/tasks/status/{sent['task_id']}?wait=20")
        return sent["task_id"]

    async def shows_plainly(self, task_id):
        found = await self.asks("GET", f"/a2a/tasks/status/{task_id}")
        assert (found["task_id"], found["target"]) == (task_id, "conformance"), found
        result = found["result"]
        if found["state"] == "error":
            result = result["detail"]
        elif found["state"] == "done" and "artifacts" in result:
            result = [artifact["parts"] for artifact in result["artifacts"]]
        return found["state"], result

    async def cancel(self, task_id):
        await self.asks("POST", f"/a2a/tasks/cancel/{task_id}")

    async def listed(self, context):
        found, page = set(), {"next": ""}
        while page["next"] is not None:
            cursor = f"&cursor={page['next']}" if page["next"] else ""
            page = await self.asks("GET", f"/a2a/tasks?limit=100{cursor}")
            found |= {task["task_id"] for task in page["tasks"]}
        return found


def written(part):
    """A part in A2A's own JSON. What it is for is not told by all versions."""
    found = MessageToDict(part)
    found.pop("metadata", None)
    return found


def plainly(shown):
    """What the simple face would show of what A2A shows."""
    word = WORDS.get(shown["state"], "in_progress")
    if word == "error":
        return word, shown["says"]
    if word != "done":
        return word, None
    match shown["artifacts"]:
        case [[{"data": data}]]:
            return word, data
        case artifacts:
            return word, artifacts


FACES = {
    "jsonrpc": A2a("JSONRPC", "1.0"), "rest": A2a("HTTP+JSON", "1.0"), "grpc": A2a("GRPC", "1.0"),
    "v03-jsonrpc": A2a("JSONRPC", "0.3"), "v03-rest": A2a("HTTP+JSON", "0.3"), "simple": Simple(),
}
