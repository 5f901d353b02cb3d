"""The OpenAI SDK, with a token of the gateway as its API key."""

import json
import unittest

from clients import openai_sdk
from fetch import PEERS
from gateway import Dev
from process import run
from servers import MODEL, llama


class TheOpenAiSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        python, dev = openai_sdk(), Dev(ENGINE_URL=llama().url)
        cls.addClassCleanup(dev.stop)
        done = run([python, PEERS / "openai_sdk.py"], env={"GATEWAY": dev.url, "ATTACH_TOKEN": dev.token})
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.found = json.loads(done.stdout)

    def test_the_models_are_the_engines(self):
        self.assertEqual(self.found["models"], [MODEL])

    def test_a_chat_is_answered(self):
        self.assertNotEqual(self.found["whole"]["text"].strip(), "")

    def test_a_streamed_chat_is_the_same_text_in_pieces(self):
        stream = self.found["plain_stream"]
        self.assertGreater(len(stream["pieces"]), 10)
        self.assertEqual("".join(stream["pieces"]), self.found["whole"]["text"])
        self.assertIn(stream["finish"], ("stop", "length"))

    def test_a_stream_is_counted_for_those_who_ask_and_for_nobody_else(self):
        (usage,) = self.found["counted_stream"]["usage"]
        for field in ("prompt_tokens", "completion_tokens", "total_tokens"):
            self.assertEqual(usage[field], self.found["whole"]["usage"][field], field)
        self.assertEqual(self.found["plain_stream"]["usage"], [])

    def test_an_unknown_route_is_the_sdks_not_found(self):
        refused = self.found["no_route"]
        self.assertEqual((refused["class"], refused["status"]), ("NotFoundError", 404), refused)

    def test_a_bad_token_is_the_sdks_authentication_error(self):
        refused = self.found["bad_token"]
        self.assertEqual((refused["class"], refused["status"]), ("AuthenticationError", 401), refused)
