"""From the file of one machine to a server for many: `attach-gateway migrate`."""

import re
import sqlite3
import unittest
import uuid

import postgres
from gateway import Serve, binary, command
from hub import ACCESS_TOKEN, TOKEN_EXCHANGE
from memory import AUDIENCE, echo, issuer, token
from process import Process, eventually
from tasks import Person
from web import call
from witness import Witness

SECRET = "of the file and of the server: 0123456789abcdef"
TASKS, CHATS = 12, 5
MANY = 60_000  # rows, so that a move can be stopped in the middle of them


class MovedToAServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.witness = Witness()
        cls.addClassCleanup(cls.witness.stop)
        cls.ada = Person(token("ada"))
        cls.env = {"OIDC_ISSUER": issuer(1).issuer, "OIDC_AUD": AUDIENCE, "ENGINE_URL": echo(), "GRPC_PORT": "off",
                   "AGENTS": f"quick={cls.witness.url}/", "ATTACH_SECRET": SECRET,
                   "ATTACH_PUBLIC_URL": "https://attach.example"}
        cls.before = Serve(**cls.env)
        cls.data = cls.before.folder / "data"
        cls.lived(cls.before)
        cls.seen = cls.look(cls.before)
        cls.while_it_serves = cls.move(postgres.database())
        cls.before.stop()
        cls.database = postgres.database()
        cls.moved = cls.move(cls.database)
        assert cls.moved.returncode == 0, cls.moved.stdout + cls.moved.stderr
        cls.after = Serve(**cls.env, DATABASE_URL=cls.database.url)
        cls.addClassCleanup(cls.after.stop)
        cls.seen_there = cls.look(cls.after)

    @classmethod
    def lived(cls, gateway):
        """What somebody did who used it for a while."""
        cls.tasks = [cls.ada.send(gateway, "quick", f"task {number}") for number in range(TASKS)]
        for task in cls.tasks:
            cls.ada.ended(gateway, task)
        for number in range(CHATS):
            body = {"model": "echo", "messages": [{"role": "user", "content": f"question {number} of a heron"}]}
            assert cls.ada.ask(gateway, "POST", "/v1/chat/completions", body=body).status == 200
        written = cls.ada.ask(gateway, "POST", "/mem/events", body={"text": "ünïcode, \u4f60\u597d and a heron"})
        cls.document = written.json["id"]
        rows = "select count(*) n from usage_record"
        eventually(lambda: gateway.rows_of(rows)[0]["n"] == CHATS, "what was used is in the rows")
        made = command("keys", "create", "--user", "robot", folder=gateway.folder, **cls.env, ATTACH_DATA=str(cls.data))
        cls.key = made.stdout.strip()
        form = {"grant_type": TOKEN_EXCHANGE, "subject_token": cls.ada.token, "subject_token_type": ACCESS_TOKEN,
                "scope": "chat:run"}
        cls.delegated = call("POST", f"{gateway.url}/oauth/token", form=form).json["access_token"]

    @classmethod
    def look(cls, gateway):
        """What its owner sees of it."""
        events = lambda: cls.ada.ask(gateway, "GET", "/mem/events?limit=100").json["data"]["Get"]["MemoryEvent"]
        eventually(lambda: len(events()) == 2 * TASKS + 2 * CHATS + 1, "all is remembered")
        listed = cls.ada.ask(gateway, "GET", "/a2a/tasks?limit=100").json["tasks"]
        return {
            "tasks": [cls.ada.status(gateway, task) for task in cls.tasks], "listed": listed,
            "histories": [cls.ada.history(gateway, task) for task in cls.tasks], "events": events(),
            "document": cls.ada.ask(gateway, "GET", f"/mem/events/{cls.document}").json,
            "jwks": call("GET", f"{gateway.url}/.well-known/jwks.json").json}

    @classmethod
    def move(cls, database, *words):
        return command("migrate", "--from", f"sqlite:{cls.data / 'attach.db'}", "--to", database.url, *words,
                       folder=cls.before.folder, ATTACH_SECRET=SECRET, ATTACH_DATA=str(cls.data))

    def counted(self, done):
        """What it says of each table: how many rows were here, and how many are there."""
        found = re.findall(r"^(\w+) +(\d+) +(\d+) *$", done.stdout, re.M)
        return {table: (int(here), int(there)) for table, here, there in found}

    def test_a_file_from_which_somebody_serves_is_left_alone(self):
        self.assertNotEqual(self.while_it_serves.returncode, 0)
        self.assertIn("in use by another gateway", self.while_it_serves.stderr)

    def test_each_table_is_counted_on_both_sides(self):
        self.assertEqual(self.moved.returncode, 0, self.moved.stderr)
        counts = self.counted(self.moved)
        for table, (here, there) in counts.items():
            self.assertEqual(here, there, table)
        self.assertEqual((counts["task"][0], counts["usage_record"][0]), (TASKS, CHATS))
        for table in ("task", "task_event", "memory_event", "usage_record", "api_key"):
            self.assertEqual(self.database.value(f"select count(*) n from {table}"), counts[table][1], table)

    def test_its_owner_sees_what_was_seen_before(self):
        for what, seen in self.seen.items():
            self.assertEqual(self.seen_there[what], seen, what)

    def test_what_was_written_is_found(self):
        found = self.ada.ask(self.after, "GET", "/mem/search?q=heron&limit=100").json["data"]["Get"]["MemoryEvent"]
        self.assertEqual(len(found), 2 * CHATS + 1)

    def test_keys_and_tokens_are_as_good_as_they_were(self):
        for good in (self.key, self.delegated, self.ada.token):
            self.assertEqual(self.after.models(good).status, 200)

    def test_it_goes_on_from_there(self):
        task = self.ada.send(self.after, "quick", "one more")
        self.assertEqual(self.ada.ended(self.after, task)["state"], "done")
        seqs = [event["seq"] for event in self.ada.history(self.after, task)]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))

    def test_a_server_that_is_in_use_is_left_alone(self):
        other = postgres.database()
        gateway = Serve(**self.env, DATABASE_URL=other.url)
        self.addCleanup(gateway.stop)
        self.ada.ended(gateway, self.ada.send(gateway, "quick"))
        for word in ("stop it first", "--replace"):
            refused = self.move(other)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(word, refused.stderr)
            gateway.stop()
        self.assertEqual(other.value("select count(*) n from task"), 1)

    def test_the_password_is_nowhere(self):
        for done in (self.moved, self.while_it_serves):
            self.assertNotIn(self.database.server.password, done.stdout + done.stderr)


class KilledInTheMiddle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        gateway = Serve(OIDC_ISSUER=issuer(1).issuer, OIDC_AUD=AUDIENCE, ENGINE_URL=echo(), GRPC_PORT="off",
                        ATTACH_SECRET=SECRET)
        gateway.stop()
        cls.folder, cls.data = gateway.folder, gateway.folder / "data"
        cls.fill(cls.data / "attach.db")
        cls.database = postgres.database()

    @staticmethod
    def fill(path):
        """Rows as a gateway would have written them in a year."""
        database = sqlite3.connect(path)
        database.executemany(
            "insert into usage_record (usage_id, at, issuer, user_id, session_id, project, model, engine, tokens_in,"
            " tokens_out, source_in, source_out, outcome, status, first_byte_ms, duration_ms)"
            " values (?, ?, 'i', 'u', 's', 'p', 'm', 'e', 1, ?, 'engine', 'engine', 'finished', 200, 1, 2)",
            ((str(uuid.uuid4()), 1_700_000_000_000 + number, number) for number in range(MANY)))
        database.commit()
        database.close()

    def words(self):
        return "migrate", "--from", f"sqlite:{self.data / 'attach.db'}", "--to", self.database.url

    def there(self):
        """How many are on the server; none where there is no table yet."""
        done = self.database.server.psql(self.database.name, "select count(*) from usage_record")
        return int(done.stdout or 0)

    def test_it_goes_on_where_it_was_and_no_row_comes_twice(self):
        env = {"ATTACH_SECRET": SECRET, "ATTACH_DATA": str(self.data)}
        first = Process("migrate", [binary(), *self.words()], cwd=self.folder, env=env)
        eventually(lambda: 0 < self.there() or first.child.poll() is not None, "rows are there", limit=60)
        first.kill()
        moved = self.there()
        self.assertTrue(0 < moved < MANY, f"it was killed after {moved} rows:\n{first.output()}")
        before = self.database.value("select min(xmin::text::bigint) n from usage_record")
        done = command(*self.words(), folder=self.folder, **env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.there(), MANY)
        self.assertEqual(self.database.value("select sum(tokens_out)::bigint n from usage_record"), sum(range(MANY)))
        # The rows of the first run are those that stood there.
        self.assertEqual(self.database.value("select min(xmin::text::bigint) n from usage_record"), before)
        again = command(*self.words(), folder=self.folder, **env)
        self.assertEqual((again.returncode, self.there()), (0, MANY), again.stderr)
