"""Gateways whose tasks Temporal runs, an agent that holds what it is asked, and one that asks back."""

import itertools

import postgres
import temporal
from gateway import Serve
from hub import hub
from memory import AUDIENCE, echo, issuer, token
from process import eventually
from tasks import Person
from witness import Patient

SECRET = "of those whom Temporal tells what to run: 0123456789"
LEASE = 5  # seconds
places = itertools.count(1)


class Runners:
    """Any number of gateways on one PostgreSQL and one queue; or one, on a file of its own."""

    def __init__(self, *, is_shared, server=None):
        self.server, self.patient, self.gateways = server or temporal.shared(), Patient(), []
        asking = hub().dev.rows["conformance"].split()[0]
        self.env = {
            "OIDC_ISSUER": issuer(1).issuer, "OIDC_AUD": AUDIENCE, "ENGINE_URL": echo(), "GRPC_PORT": "off",
            "AGENTS": f"patient={self.patient.url}/,asking=a2a+{asking}", "TASK_LEASE": str(LEASE),
            "TEMPORAL_URL": self.server.address, "TEMPORAL_QUEUE": f"runners-{next(places)}",
            "TASK_RUNNER": "temporal", "LOG_LEVEL": "info"}
        self.database = postgres.database() if is_shared else None
        if is_shared:
            self.env |= {"DATABASE_URL": self.database.url, "ATTACH_SECRET": SECRET,
                         "ATTACH_PUBLIC_URL": "https://attach.example"}
        self.ada = Person(token("ada"))

    def gateway(self, **more):
        self.gateways.append(Serve(**{**self.env, **more}))
        return self.gateways[-1]

    def rows(self, sql):
        return self.database.rows(sql) if self.database else self.gateways[0].rows_of(sql)

    def row(self, task):
        (row,) = self.rows(f"select * from task where task_id = '{task}'")
        return row

    def begun(self, gateway, attempt=1, task=None):
        """A task, new or known, once this attempt at it is made."""
        task = task or self.ada.send(gateway, "patient")
        eventually(lambda: (task, attempt) in self.patient.calls, f"attempt {attempt} is made", limit=60)
        return task

    def say(self, gateway, what, task=None):
        """Says something to the agent that asks back, in a task or to begin one; the task as it is told."""
        message = {"messageId": f"{what}-{next(places)}", "role": "ROLE_USER", "parts": [{"text": what}]}
        if task:
            message["taskId"] = task
        asked = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": message}}
        answer = self.ada.ask(gateway, "POST", "/agents/asking", body=asked, headers={"A2A-Version": "1.0"})
        assert answer.status == 200 and "result" in answer.json, answer.body
        return answer.json["result"]["task"]

    def stop(self):
        for part in (*self.gateways, self.patient):
            part.stop()


def workflow(task):
    return f"attach-task/{task}"
