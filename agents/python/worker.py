# A worker of yours: it runs the workflow ProcessChat for every task whose target is temporal://ProcessChat.
# pip install temporalio; python worker.py
# The gateway needs TEMPORAL_URL and, unless it is `dev`, TEMPORAL_WORKFLOWS=ProcessChat.
import asyncio
import os

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

URL = os.environ.get("TEMPORAL_URL", "localhost:7233")
QUEUE = os.environ.get("TEMPORAL_QUEUE", "attach-gateway")


@workflow.defn
class ProcessChat:
    """Gets the messages of a task; what it returns is the task's result."""

    @workflow.run
    async def run(self, messages: list[dict]) -> str:
        # A real one calls activities from here: they are tried again, and outlive a restart of this worker.
        words = sum(len(str(message.get("content", "")).split()) for message in messages)
        return f"Processed {words} tokens"


async def main():
    client = await Client.connect(URL)
    async with Worker(client, task_queue=QUEUE, workflows=[ProcessChat]):
        print(f"ProcessChat works on {QUEUE} at {URL}. Ctrl-C stops.", flush=True)
        await asyncio.Event().wait()


# Needed: the SDK reads this file once more, to run the workflow by itself.
if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
