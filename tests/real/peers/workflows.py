"""A worker whose workflows end in every way there is: TEMPORAL_URL, TEMPORAL_QUEUE; STAMPS is a file in which each
run of an activity leaves a line."""

import asyncio
import os
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

DAY = timedelta(days=1)
# An answer that Temporal was too far away to hear is not told again: whoever waits for it asks anew.
AGAIN = timedelta(seconds=15)


@activity.defn
async def stamp(name: str) -> str:
    with open(os.environ["STAMPS"], "a") as stamps:
        stamps.write(f"{name}\n")
    return name


@workflow.defn
class ProcessChat:
    @workflow.run
    async def run(self, messages: list[dict]) -> str:
        return f"Processed {sum(len(message['content'].split()) for message in messages)} tokens"


@workflow.defn
class Once:
    """Does something that must not be done twice, and tells what it was given."""

    @workflow.run
    async def run(self, given: list[dict]) -> dict:
        name = workflow.info().workflow_id
        await workflow.execute_activity(stamp, name, start_to_close_timeout=AGAIN)
        return {"characters": len(given[-1]["content"])}


@workflow.defn
class Waits:
    """Does its one thing, and then waits until somebody lets it end."""

    def __init__(self):
        self.may_end = False

    @workflow.signal
    def end(self) -> None:
        self.may_end = True

    @workflow.run
    async def run(self, given: list[dict]) -> str:
        await workflow.execute_activity(stamp, workflow.info().workflow_id, start_to_close_timeout=AGAIN)
        await workflow.wait_condition(lambda: self.may_end)
        return "it may end"


@workflow.defn
class Stubborn:
    """Does not listen to whoever cancels it."""

    @workflow.run
    async def run(self, given: list[dict]) -> str:
        while True:
            try:
                await asyncio.sleep(DAY.total_seconds())
            except asyncio.CancelledError:
                pass


@workflow.defn
class Fails:
    @workflow.run
    async def run(self, given: list[dict]) -> str:
        raise ApplicationError("the oven is cold", type="ColdOven", non_retryable=True)


@workflow.defn
class FailsDeeply:
    """Its activity fails: what is told is the activity's failure and not that there was one."""

    @workflow.run
    async def run(self, given: list[dict]) -> str:
        return await workflow.execute_activity(burn, start_to_close_timeout=DAY)


@activity.defn
async def burn() -> str:
    raise ApplicationError("the bread is burnt", type="BurntBread", non_retryable=True)


@workflow.defn
class NotJson:
    @workflow.run
    async def run(self, given: list[dict]) -> bytes:
        return b"\xff\x00 no JSON"


@workflow.defn
class GoesOn:
    """Ends as another run of itself, twice."""

    @workflow.run
    async def run(self, given: list[dict]) -> str:
        if len(given) < 3:
            workflow.continue_as_new([*given, given[0]])
        return f"as run {len(given)}"


WORKFLOWS = [ProcessChat, Once, Waits, Stubborn, Fails, FailsDeeply, NotJson, GoesOn]


async def main():
    url, queue = os.environ["TEMPORAL_URL"], os.environ["TEMPORAL_QUEUE"]
    client = await Client.connect(url)
    async with Worker(client, task_queue=queue, workflows=WORKFLOWS, activities=[stamp, burn]):
        print(f"works on {queue}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
