"""A client of the Python original, which knows nothing of this gateway."""

import unittest

from clients import requests
from fetch import PEERS
from gateway import Dev
from process import run
from servers import MODEL, llama


class TheOriginalsClient(unittest.TestCase):
    def test_its_task_without_a_target_ends_with_the_engines_answer(self):
        python, dev = requests(), Dev(ENGINE_URL=llama().url)
        self.addCleanup(dev.stop)
        env = {"GATEWAY": dev.url, "JWT": dev.token, "MODEL": MODEL}
        done = run([python, PEERS / "original_client.py"], env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        (task,) = dev.ask("GET", "/a2a/tasks").json["tasks"]
        self.assertEqual(done.stdout.strip(), task["result"]["choices"][0]["message"]["content"].strip())
        self.assertNotEqual(done.stdout.strip(), "")
