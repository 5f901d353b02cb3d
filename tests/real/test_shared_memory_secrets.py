"""Ten thousand chats with a secret in each: the engine and the caller get it, nothing that is kept has it."""

import json
import random
import unittest

import weaviate
from load import Load, chat
from memory import Remembering, token
from process import eventually

CHATS, OTHERS = 10_000, 200
# Every secret holds this, so that one look finds any. An index has it in lower case.
NEEDLE, PLAIN = "Zq7Xw2Lm9R", "hawthornberry"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


def noise(dice, length=34):
    return NEEDLE + "".join(dice.choices(LETTERS, k=length - len(NEEDLE)))


def private_key(dice):
    # Its first line shows the needle; the others stand for the rest of a key.
    lines = [noise(dice, 64) for _ in range(3)]
    return "-----BEGIN PRIVATE KEY-----\n" + "\n".join(lines) + "\n-----END PRIVATE KEY-----"


KINDS = {
    "bearer": lambda dice: f"Authorization: Bearer {noise(dice)}",
    "jwt": lambda dice: f"eyJhbGciOiJFUzI1NiJ9.{noise(dice)}.{noise(dice)}",
    "sk-": lambda dice: f"sk-{noise(dice)}",
    "sk-proj-": lambda dice: f"sk-proj-{noise(dice)}",
    "ghp_": lambda dice: f"ghp_{noise(dice, 36)}",
    "github_pat_": lambda dice: f"github_pat_{noise(dice, 22)}_{noise(dice)}",
    "AKIA": lambda dice: "AKIA" + noise(dice, 16).upper(),
    "xox": lambda dice: f"xox{dice.choice('abprs')}-{noise(dice)}",
    "ak_": lambda dice: f"ak_{''.join(dice.choices(LETTERS, k=8))}_{noise(dice, 43)}",
    "private key": private_key,
    "password in a URL": lambda dice: f"postgres://ada:{noise(dice)}@db.example/x",
}


def secret(number):
    """One of each kind in turn, the same for the same number."""
    kinds = list(KINDS.values())
    return kinds[number % len(kinds)](random.Random(number))


def asked(number):
    """Every second chat is streamed, every tenth has a secret for its model's name."""
    text = f"{PLAIN} {number}, keep {secret(number)} safe"
    more = {"model": f"sk-{noise(random.Random(-number))}"} if number % 10 == 0 else {}
    return chat(text, stream=number % 2 == 1, **more)


def written(number):
    """Documents and log lines, with secrets wherever one fits."""
    hidden = secret(number)
    if number % 2:
        line = {"run_id": hidden, "level": "info", "message": f"{PLAIN}: {hidden}", "agent": hidden}
        return "POST", "/v1/logs", [line, line]
    metadata = {"key": hidden, hidden: [hidden, {"deep": hidden}], "dumped": json.dumps({"a": hidden})}
    return "POST", "/mem/events", {
        "title": f"about {hidden}", "text": f"{PLAIN}\n{hidden}", "agent": hidden, "metadata": metadata}


def looked_for(number):
    """Requests whose very address has a secret in it, as people paste one."""
    hidden = random.Random(number).choice(["sk-", "ghp_"]) + noise(random.Random(number))
    paths = (f"/mem/search?q={hidden}", f"/mem/events?before={hidden}", f"/mem/events/{hidden}", f"/no/{hidden}")
    return "GET", paths[number % len(paths)], None


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def holding(paths, word):
    """Those of the files in which the word stands, in whatever case."""
    return [path.name for path in paths if word.lower().encode() in path.read_bytes().lower()]


class Secrets:
    @classmethod
    def backend(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.gateway = Remembering(cls.backend(), LOG_LEVEL="attach_gateway=debug")
        cls.addClassCleanup(cls.gateway.stop)
        cls.token = token("keeper")
        cls.chats = Load(cls.gateway.url, cls.token, asked).send(CHATS)
        cls.others = Load(cls.gateway.url, cls.token, written).send(OTHERS)
        Load(cls.gateway.url, cls.token, looked_for).send(OTHERS)
        cls.settle()

    @classmethod
    def settle(cls):
        wanted = 2 * CHATS + OTHERS + OTHERS // 2
        eventually(lambda: cls.kept() >= wanted, f"{wanted} events are kept", limit=120)
        assert cls.kept() == wanted

    def holds_no_secret(self, paths):
        self.assertEqual(holding(paths, NEEDLE), [])

    def test_every_caller_got_every_word(self):
        for told in self.chats:
            self.assertEqual(told.status, 200, told.body)
            text = told.body.decode()
            if told.number % 2 == 1:
                events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
                text = json.dumps("".join(event["choices"][0]["delta"].get("content", "") for event in events))
            self.assertIn(json.dumps(secret(told.number))[1:-1], text)
        self.assertEqual({told.status for told in self.others}, {201, 202})

    def test_no_secret_is_in_the_database_or_beside_it(self):
        paths = files(self.gateway.folder)
        self.assertIn("attach.db-wal", [path.name for path in paths])
        self.holds_no_secret(paths)

    def test_no_secret_is_in_the_log(self):
        self.assertIn("DEBUG", self.gateway.process.output())
        self.holds_no_secret([self.gateway.process.log])

    def test_no_secret_is_read_back(self):
        pages = list(self.gateway.pages(self.token, limit=100, event="document"))
        text = json.dumps(pages)
        self.assertIn(PLAIN, text)
        self.assertNotIn(NEEDLE, text)
        self.assertGreaterEqual(text.count("[redacted:"), OTHERS // 2)
        self.assertEqual(self.gateway.found(self.token, NEEDLE), [])


class SecretsInSqlite(Secrets, unittest.TestCase):
    @classmethod
    def backend(cls):
        return {"MEM_BACKEND": "sqlite"}

    @classmethod
    def kept(cls):
        (row,) = cls.gateway.rows_of("select count(*) n from memory_event")
        return row["n"]

    def test_what_is_no_secret_is_there(self):
        self.assertIn("attach.db", holding(files(self.gateway.folder), PLAIN))


class SecretsInWeaviate(Secrets, unittest.TestCase):
    @classmethod
    def backend(cls):
        cls.server = weaviate.emptied()
        return cls.server.gateway()

    @classmethod
    def kept(cls):
        return cls.server.count()

    def test_no_secret_is_in_its_objects(self):
        text = json.dumps(self.server.objects())
        self.assertGreaterEqual(text.count(PLAIN), 2 * CHATS)
        self.assertNotIn(NEEDLE.lower(), text.lower())

    def test_no_secret_is_in_its_files(self):
        if not isinstance(self.server, weaviate.Own):
            self.skipTest("its files are not ours to read")
        paths = files(self.server.folder)
        self.assertTrue(holding(paths, PLAIN), "what is no secret is there")
        self.holds_no_secret(paths)

    def test_its_key_is_not_in_the_gateways_log_or_files(self):
        if self.server.key:
            self.assertEqual(holding([self.gateway.process.log, *files(self.gateway.folder)], self.server.key), [])
