"""Ollama's own routes behind the gateway: a bill says what Ollama counted, or what was sent."""

import json
import unittest

from fetch import PEERS, pip
from gateway import Serve
from memory import AUDIENCE, issuer, token
from ollama import ollama
from process import eventually, run
from servers import MODEL
from web import call, opened

OPTIONS = {"num_predict": 24, "temperature": 0, "seed": 1}
WORDS = "Count to twenty"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": WORDS}], "options": OPTIONS}
# For the prompt and half of what the model has to say.
ROOM = 30
GENERATE = {"model": MODEL, "prompt": WORDS, "options": OPTIONS}


class Behind(Serve):
    """A gateway in front of Ollama, on its own routes."""

    def __init__(self, **more):
        usual = {"OIDC_ISSUER": issuer(1).issuer, "OIDC_AUD": AUDIENCE, "ENGINE_URL": ollama(),
                 "ENGINE_KIND": "ollama", "MEM_BACKEND": "none"}
        super().__init__(**{**usual, **more})

    def row(self, person):
        """The one call of `person`, once it is on disk."""
        (row,) = eventually(
            lambda: self.rows_of("select * from usage_record where user_id = ?", person), "the call is on disk")
        return row


class OllamaIsBilled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Behind()
        cls.addClassCleanup(cls.gateway.stop)

    def asked(self, path, body):
        """The answer's objects, and the row it left."""
        person = self.id().rsplit(".", 1)[1]
        answer = call("POST", self.gateway.url + path, body=body, token=token(person))
        self.assertEqual(answer.status, 200, answer.body)
        return [json.loads(line) for line in answer.body.splitlines()], self.gateway.row(person)

    def is_as_ollama_says(self, last, row):
        said = (last.get("prompt_eval_count", 0), last.get("eval_count", 0))
        self.assertGreater(said[0], 0)
        self.assertEqual((row["tokens_in"], row["tokens_out"]), said)
        self.assertEqual((row["source_in"], row["source_out"], row["outcome"]), ("engine", "engine", "finished"))

    def test_a_streamed_chat(self):
        lines, row = self.asked("/api/chat", CHAT)
        self.assertGreater(len(lines), 10)
        self.is_as_ollama_says(lines[-1], row)

    def test_a_whole_chat(self):
        lines, row = self.asked("/api/chat", {**CHAT, "stream": False})
        self.is_as_ollama_says(lines[-1], row)

    def test_a_streamed_text(self):
        lines, row = self.asked("/api/generate", GENERATE)
        self.is_as_ollama_says(lines[-1], row)

    def test_a_whole_text(self):
        lines, row = self.asked("/api/generate", {**GENERATE, "stream": False})
        self.is_as_ollama_says(lines[-1], row)

    def test_an_embedding(self):
        lines, row = self.asked("/api/embed", {"model": MODEL, "input": "hello there"})
        self.is_as_ollama_says(lines[-1], row)

    def test_a_model_that_is_only_loaded_costs_nothing(self):
        lines, row = self.asked("/api/chat", {"model": MODEL, "messages": [], "stream": False})
        self.assertEqual(lines[-1]["done_reason"], "load")
        self.assertEqual((row["tokens_in"], row["tokens_out"], row["outcome"]), (0, 0, "finished"))

    def test_a_stream_in_openais_dialect_is_counted_where_nobody_asked_for_usage(self):
        body = {"model": MODEL, "messages": CHAT["messages"], "max_tokens": 24, "temperature": 0, "stream": True}
        person = self.id().rsplit(".", 1)[1]
        answer = call("POST", f"{self.gateway.url}/v1/chat/completions", body=body, token=token(person))
        self.assertIn(b"[DONE]", answer.body)
        row = self.gateway.row(person)
        self.assertEqual(row["source_out"], "counted")
        # One an event, or a quarter of its bytes: some words are longer than a token is taken for.
        self.assertTrue(24 <= row["tokens_out"] <= 30, row)

    def test_an_unknown_model_is_ollamas_own_404_and_costs_nothing(self):
        person = self.id().rsplit(".", 1)[1]
        own = call("POST", f"{ollama()}/api/chat", body={**CHAT, "model": "none"})
        answer = call("POST", f"{self.gateway.url}/api/chat", body={**CHAT, "model": "none"}, token=token(person))
        self.assertEqual((answer.status, answer.body), (404, own.body))
        row = self.gateway.row(person)
        self.assertEqual((row["tokens_in"], row["tokens_out"], row["outcome"]), (0, 0, "failed"))

    def test_who_leaves_in_the_middle_pays_for_what_was_sent(self):
        person = self.id().rsplit(".", 1)[1]
        body = {**CHAT, "options": {**OPTIONS, "num_predict": 400}}
        connection, stream = opened("POST", f"{self.gateway.url}/api/chat", body=body, token=token(person))
        lines = [stream.readline() for _ in range(7)]
        connection.close()
        stream.close()
        self.assertTrue(all(not json.loads(line)["done"] for line in lines))
        row = self.gateway.row(person)
        self.assertEqual((row["outcome"], row["source_out"]), ("hung_up", "counted"))
        self.assertTrue(7 <= row["tokens_out"] < 100, row)


class OllamasOwnClient(unittest.TestCase):
    """A stream that is cut at the quota is an answer like any other to it."""

    @classmethod
    def setUpClass(cls):
        python = pip("ollama==0.6.1")
        cls.gateway = Behind(MAX_TOKENS_PER_MIN=str(ROOM), WINDOW="3600")
        cls.addClassCleanup(cls.gateway.stop)
        env = {"GATEWAY": cls.gateway.url, "ATTACH_TOKEN": token("cut")}
        done = run([python, PEERS / "ollama_client.py", MODEL], env=env)
        assert done.returncode == 0, done.stderr
        cls.found = json.loads(done.stdout)
        cls.row = cls.gateway.row("cut")

    def test_the_stream_ends_as_one_that_reached_its_length(self):
        last = self.found["chat"]["last"]
        self.assertEqual((last["done"], last["done_reason"]), (True, "length"), self.found)
        self.assertGreater(self.found["chat"]["pieces"], 5)

    def test_no_more_was_sent_than_there_was_room_for(self):
        spent = self.row["tokens_in"] + self.row["tokens_out"]
        self.assertTrue(ROOM <= spent <= ROOM + 2, self.row)
        self.assertEqual(self.row["outcome"], "cut")

    def test_the_next_one_is_refused_in_its_own_words(self):
        self.assertEqual(self.found["generate"]["status"], 429, self.found)
        self.assertIn("token quota exceeded", self.found["generate"]["says"])
