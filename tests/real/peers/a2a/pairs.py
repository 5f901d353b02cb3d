"""Whatever one face made, every other one shows alike: a check for each ordered pair of faces. A face makes its
tasks once, before anybody looks."""

import asyncio
import itertools
import uuid

from checks import check, run_checks, same
from faces import FACES, Simple

# What a message's id begins with, and the state in which its task is then shown.
RESTING = {
    "tck-complete-task": "COMPLETED", "tck-artifact-text": "COMPLETED", "tck-artifact-file": "COMPLETED",
    "tck-artifact-file-url": "COMPLETED", "tck-artifact-data": "COMPLETED", "tck-stream-artifact-chunked": "COMPLETED",
    "tck-task-failure": "FAILED", "tck-reject-task": "REJECTED", "tck-input-required": "INPUT_REQUIRED",
    "tck-auth-required": "AUTH_REQUIRED",
}
MADE = {}


async def made(name):
    """The tasks of a face, by kind, and their context."""
    face = FACES[name]
    if isinstance(face, Simple):
        return None, {"any": await face.make()}
    context = f"{name}-{uuid.uuid4()}"
    return context, {kind: await face.make(kind, context=context) for kind in RESTING}


def of(maker):
    if isinstance(MADE[maker], Exception):
        raise MADE[maker]
    return MADE[maker]


async def shows_what_it_made(maker, viewer):
    context, tasks = of(maker)
    there, here = FACES[maker], FACES[viewer]
    for kind, task in tasks.items():
        if "simple" in (maker, viewer):
            wanted, got = await there.shows_plainly(task), await here.shows_plainly(task)
        else:
            wanted, got = await there.shows(task), await here.shows(task)
            same((wanted["context"], wanted["state"]), (context, RESTING[kind]), f"{maker}: {kind}")
            assert wanted["history"], wanted
        same(got, wanted, f"{viewer}: {kind}")
    if here.lists:
        missing = set(tasks.values()) - await here.listed(context)
        assert not missing, missing


async def goes_on_with_it(maker, viewer):
    """What the one began, the other answers; then both show the same end."""
    there, here = FACES[maker], FACES[viewer]
    task = await there.make("tck-input-required")
    same(await here.answer(task, "tck-artifact-data"), "COMPLETED")
    wanted, got = await there.shows(task), await here.shows(task)
    same(got, wanted)
    same((wanted["state"], len([role for role, *_ in wanted["history"] if role == 1])), ("COMPLETED", 2))


async def cancels_it(maker, viewer):
    there, here = FACES[maker], FACES[viewer]
    task = await there.make("tck-cancel", return_immediately=True)
    await here.cancel(task)
    same(await there.shows_plainly(task), await here.shows_plainly(task))
    same((await there.shows(task))["state"], "CANCELED")


async def shows_its_webhooks(maker, viewer):
    there, here = FACES[maker], FACES[viewer]
    task, name = of(maker)[1]["tck-complete-task"], f"for-{viewer}"
    await there.hook(task, name)
    same(await here.hooks(task, name), await there.hooks(task, name))


def pair(maker, viewer):
    async def holds():
        await shows_what_it_made(maker, viewer)
        if maker != "simple":
            await cancels_it(maker, viewer)
        if "simple" not in (maker, viewer):
            await goes_on_with_it(maker, viewer)
            await shows_its_webhooks(maker, viewer)

    holds.__name__ = f"what_{maker}_made_{viewer}_shows"
    return check(holds)


async def main():
    MADE.update(zip(FACES, await asyncio.gather(*map(made, FACES), return_exceptions=True)))
    for names in itertools.permutations(FACES, 2):
        pair(*names)
    await run_checks()


asyncio.run(main())
