"""A queue of a Temporal's, the worker on it whose workflows end in every way there is, and gateways before it."""

import collections
import itertools

import temporal
from fetch import PEERS
from gateway import new_folder
from memory import Remembering
from process import eventually

queues = itertools.count(1)


class Workplace:
    def __init__(self, server):
        self.server, self.queue = server, f"queue-{next(queues)}"
        self.stamps = new_folder() / "stamps"
        self.worker = temporal.Worker(PEERS / "workflows.py", server, self.queue, STAMPS=str(self.stamps))

    def gateway(self, **more):
        usual = {"TEMPORAL_URL": self.server.address, "TEMPORAL_QUEUE": self.queue, "TEMPORAL_WORKFLOWS": "*"}
        return Remembering({**usual, **more})

    def stamped(self):
        """How often each workflow has done its one thing."""
        return collections.Counter(self.stamps.read_text().split() if self.stamps.exists() else [])

    def let_end(self, workflow):
        """Has `Waits` end."""

        def signaled():
            done = self.server.run("workflow", "signal", "--workflow-id", workflow, "--name", "end")
            # Told of a server that has just come back, on a machine that is busy itself.
            assert done.returncode == 0 or "Workflow is busy" in done.stderr, done.stderr
            return done.returncode == 0

        eventually(signaled, f"{workflow} is told to end", limit=60)

    def runs(self, workflow):
        """How often it was begun."""
        return len(self.server.workflows(f"WorkflowId = '{workflow}'"))
