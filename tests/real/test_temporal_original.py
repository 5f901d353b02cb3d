"""The Temporal example of the Python original, as its readers run it, and ours."""

import unittest

import temporal
from clients import requests
from fetch import PEERS, ROOT
from gateway import Dev
from memory import Remembering, token
from process import run
from servers import models
from tasks import Person

AGENTS = ROOT / "agents" / "python"


class TheTemporalExample(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        server = temporal.shared()
        cls.worker = temporal.Worker(AGENTS / "worker.py", server, "original").start()
        cls.addClassCleanup(cls.worker.stop)
        cls.gateway = Remembering({
            "TEMPORAL_URL": server.address, "TEMPORAL_QUEUE": "original", "TEMPORAL_WORKFLOWS": "ProcessChat"})
        cls.addClassCleanup(cls.gateway.stop)
        cls.token = token("ada")

    def test_the_originals_client_polls_until_its_task_is_done(self):
        env = {"GATEWAY": self.gateway.url, "JWT": self.token}
        done = run([requests(), PEERS / "original_temporal_client.py"], env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), "done Processed 1 tokens")

    def test_our_client_prints_what_became_of_its_task(self):
        env = {"ATTACH_URL": self.gateway.url, "ATTACH_TOKEN": self.token}
        done = run([requests(), AGENTS / "client.py"], env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), "Processed 2 tokens")

    def test_another_persons_task_is_nobodys(self):
        ada, bob = Person(self.token), Person(token("bob"))
        task = ada.send(self.gateway, "temporal://ProcessChat", "one two three")
        self.assertEqual(ada.ended(self.gateway, task)["result"], "Processed 3 tokens")
        self.assertEqual(bob.ask(self.gateway, "GET", f"/a2a/tasks/status/{task}").status, 404)


class TheWorkflowsOfDev(unittest.TestCase):
    """`dev` takes any workflow: nobody but its user can call it."""

    def test_a_workflow_needs_no_list(self):
        server, engine = temporal.shared(), models()
        worker = temporal.Worker(AGENTS / "worker.py", server, "dev").start()
        self.addCleanup(worker.stop)
        dev = Dev(ENGINE_URL=engine.url, TEMPORAL_URL=server.address, TEMPORAL_QUEUE="dev")
        self.addCleanup(dev.stop)
        ada = Person(dev.token)
        task = ada.send(dev, "temporal://ProcessChat", "one two three four")
        self.assertEqual(ada.ended(dev, task)["result"], "Processed 4 tokens")
