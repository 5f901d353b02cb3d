"""Tasks with webhooks, by a2a-sdk 1.x over every binding and version: WEBHOOKS is the address of the receiver.

Printed for each, as a line of JSON: its name, the task's id, and what its stream told after the task itself; or its
problem.
"""

import asyncio
import json
import os

from a2a.types import AuthenticationInfo, TaskPushNotificationConfig
from google.protobuf.json_format import MessageToDict

from v1_client import Caller, message, parameters, told

WEBHOOKS, TOKEN = os.environ["WEBHOOKS"], os.environ["TOKEN"]


def hook(name):
    wanted = AuthenticationInfo(scheme="Bearer", credentials=f"secret of {name}")
    return TaskPushNotificationConfig(url=f"{WEBHOOKS}/{name}", token=f"token of {name}", authentication=wanted)


async def streamed(name, binding, version):
    """A task from its beginning to its end."""
    caller = Caller(TOKEN, binding=binding, version=version)
    asked = message("tck-stream-artifact-chunked", task_push_notification_config=hook(name))
    (_, task), *_ = events = [told(event) for event in await caller.events(asked)]
    return {"task": task.id, "told": [MessageToDict(event) for _, event in events[1:]]}


async def added(name, binding, version):
    """One that is added to a task while it waits."""
    caller = Caller(TOKEN, binding=binding, version=version)
    task = await caller.task("tck-input-required")
    given = hook(name)
    given.task_id = task.id
    await (await caller.client()).create_task_push_notification_config(given, context=parameters())
    await caller.task("tck-complete-task", task=task)
    return {"task": task.id}


async def with_the_answer(name, binding, version):
    """One that comes with the answer to what a task asked."""
    caller = Caller(TOKEN, binding=binding, version=version)
    task = await caller.task("tck-input-required")
    await caller.task("tck-complete-task", task=task, task_push_notification_config=hook(name))
    return {"task": task.id}


async def main():
    names = {
        f"{kind.__name__}/{version}/{binding.replace('+', '-')}": (kind, binding, version)
        for kind in (streamed, added, with_the_answer)
        for version, binding in (("1.0", "JSONRPC"), ("1.0", "HTTP+JSON"), ("1.0", "GRPC"), ("0.3", "JSONRPC"),
                                 ("0.3", "HTTP+JSON"))}
    made = await asyncio.gather(*(kind(name, *how) for name, (kind, *how) in names.items()), return_exceptions=True)
    for name, one in zip(names, made):
        if isinstance(one, Exception):
            one = {"problem": repr(one)}
        print(json.dumps({"name": name, **one}))


asyncio.run(main())
