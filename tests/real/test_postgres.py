"""Two gateways on one PostgreSQL: what the one did the other knows."""

import concurrent.futures
import time
import unittest

import postgres
from gateway import Dev, Serve, command
from hub import ACCESS_TOKEN, TOKEN_EXCHANGE
from memory import AUDIENCE, echo, ids
from process import eventually
from tasks import Person
from web import answers, call
from witness import Witness

SECRET = "of these two, and of no other: 0123456789abcdef"
KINDS = ["submitted", "working", "artifact", "completed"]


class Two:
    """Two gateways, started at once on an empty database, with an agent that is quick and one that is not."""

    def __init__(self, database):
        self.database, self.quick, self.slow = database, Witness(), Witness(seconds=60)
        self.issuer = Dev(ENGINE_URL=echo(), MEM_BACKEND="none")
        self.env = {
            "OIDC_ISSUER": self.issuer.issuer, "OIDC_AUD": AUDIENCE, "ENGINE_URL": echo(), "GRPC_PORT": "off",
            "AGENTS": f"quick={self.quick.url}/,slow={self.slow.url}/", "DATABASE_URL": database.url,
            "ATTACH_SECRET": SECRET, "ATTACH_PUBLIC_URL": "https://attach.example"}
        with concurrent.futures.ThreadPoolExecutor(2) as starting:
            self.one, self.other = starting.map(lambda _: Serve(**self.env), range(2))

    def token(self, user, scope=""):
        return command("token", "--sub", user, "--scope", scope, folder=self.issuer.folder).stdout.strip()

    def person(self, user):
        return Person(self.token(user))

    def command(self, *words):
        """The command line on any machine that knows the database."""
        return command(*words, folder=self.one.folder, **self.env)

    def stop(self):
        for part in (self.one, self.other, self.issuer, self.quick, self.slow):
            part.stop()


class TwoGatewaysOnOneDatabase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = postgres.Postgres().start()
        cls.addClassCleanup(cls.server.stop)
        cls.database = cls.server.database()
        cls.two = Two(cls.database)
        cls.addClassCleanup(cls.two.stop)
        cls.one, cls.other = cls.two.one, cls.two.other
        cls.ada, cls.bob = cls.two.person("ada"), cls.two.person("bob")

    def test_the_schema_was_made_once_though_both_began_to(self):
        rows = self.database.rows("select version, success from _sqlx_migrations order by version")
        versions = [row["version"] for row in rows]
        self.assertEqual(versions, list(range(1, len(versions) + 1)))
        self.assertEqual({row["success"] for row in rows}, {True})

    def test_a_task_sent_to_the_one_is_seen_and_watched_at_the_other(self):
        task = self.ada.send(self.one, "quick")
        watched = list(self.ada.watched(self.other, task))
        self.assertEqual([event["kind"] for event in watched], KINDS)
        self.assertEqual(self.ada.status(self.one, task), self.ada.status(self.other, task))
        self.assertEqual(self.bob.ask(self.other, "GET", f"/a2a/tasks/status/{task}").status, 404)

    def test_the_same_sent_to_both_at_the_same_moment_is_one_task(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            send = lambda at: self.ada.send((self.one, self.other)[at % 2], "quick", key="the same")
            tasks = set(pool.map(send, range(20)))
        (task,) = tasks
        self.assertEqual(self.ada.ended(self.one, task)["state"], "done")
        self.assertEqual(self.two.quick.often()[task, 1], 1)

    def test_who_cancels_at_the_other_ends_what_the_one_does(self):
        task = self.ada.send(self.one, "slow")
        eventually(lambda: self.two.slow.often()[task, 1], "its agent is at it", limit=20)
        self.assertEqual(self.ada.cancel(self.other, task).status, 200)
        for gateway in (self.one, self.other):
            self.assertEqual(self.ada.status(gateway, task)["state"], "error")
        self.assertEqual(self.ada.kinds(self.one, task)[-1], "canceled")

    def test_a_token_made_by_the_one_is_accepted_by_the_other(self):
        form = {"grant_type": TOKEN_EXCHANGE, "subject_token": self.ada.token, "subject_token_type": ACCESS_TOKEN,
                "scope": "chat:run memory:read"}
        answer = call("POST", f"{self.one.url}/oauth/token", form=form)
        self.assertEqual(answer.status, 200, answer.body)
        models = self.other.models(answer.json["access_token"])
        self.assertEqual((models.status, models.headers["x-attach-user"]), (200, "ada"))
        keys = [call("GET", f"{gateway.url}/.well-known/jwks.json").json for gateway in (self.one, self.other)]
        self.assertEqual(*keys)
        self.assertEqual(len(keys[0]["keys"]), 1)

    def test_the_signing_key_is_not_readable_in_the_database(self):
        text = self.database.run("select * from signing_key")
        self.assertNotEqual(text.strip(), "")
        self.assertNotIn("PRIVATE KEY", text)

    def test_a_gateway_with_another_secret_does_not_start(self):
        env = {**self.two.env, "ATTACH_SECRET": "another one: 0123456789abcdef0123456789", "PORT": "0"}
        done = command("serve", folder=self.one.folder, **env)
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertIn("ATTACH_SECRET", done.stderr)

    def test_a_key_made_by_the_command_line_is_good_at_both_until_it_is_revoked(self):
        made = self.two.command("keys", "create", "--user", "robot")
        self.assertEqual(made.returncode, 0, made.stderr)
        key = made.stdout.strip()
        for gateway in (self.one, self.other):
            self.assertEqual(gateway.models(key).status, 200)
        listed = self.two.command("keys", "list").stdout
        self.assertIn("robot", listed)
        self.assertNotIn(key, listed)
        name = next(line.split()[1] for line in made.stderr.splitlines() if line.startswith("key"))
        self.assertEqual(self.two.command("keys", "revoke", name).returncode, 0)
        for gateway in (self.one, self.other):
            eventually(lambda one=gateway: one.models(key).status == 401, "the key is refused", limit=3)

    def test_what_is_written_at_the_one_is_found_at_the_other_by_its_owner(self):
        written = self.ada.ask(self.one, "POST", "/mem/events", body={"text": "the heron eats a frog"})
        self.assertEqual(written.status, 201, written.body)
        found = self.ada.ask(self.other, "GET", "/mem/search?q=heron")
        self.assertEqual(ids(found.json["data"]["Get"]["MemoryEvent"]), [written.json["id"]])
        self.assertEqual(self.bob.ask(self.other, "GET", "/mem/search?q=heron").json["data"]["Get"]["MemoryEvent"], [])

    def test_chats_at_both_are_remembered_and_counted_together(self):
        eve = self.two.person("eve")
        body = {"model": "echo", "messages": [{"role": "user", "content": "the owl \u0000 eats a mouse"}]}
        for gateway in (self.one, self.other, self.one):
            self.assertEqual(eve.ask(gateway, "POST", "/v1/chat/completions", body=body).status, 200)
        events = lambda: eve.ask(self.other, "GET", "/mem/events").json["data"]["Get"]["MemoryEvent"]
        eventually(lambda: len(events()) == 6, "three prompts and three answers are there")
        rows = "select count(*) n from usage_record where user_id = 'eve'"
        eventually(lambda: self.database.value(rows) == 3, "three calls are in the rows")
        told = self.two.command("usage", "--by", "user", "--json")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("eve", told.stdout)

    def test_the_password_is_nowhere(self):
        said = self.two.command("check")
        self.assertIn("127.0.0.1", said.stdout)
        for text in (said.stdout, said.stderr, self.one.process.output(), self.other.process.output(),
                     call("GET", f"{self.one.url}/readyz").body.decode()):
            self.assertNotIn(self.server.password, text)

    def test_while_the_database_is_away_callers_are_told_and_afterwards_all_is_as_it_was(self):
        task = self.ada.send(self.one, "quick")
        self.ada.ended(self.other, task)
        self.server.stop()
        try:
            for gateway in (self.one, self.other):
                eventually(lambda one=gateway: answers(f"{one.url}/readyz", 503), "it is not ready", limit=20)
                refused = self.ada.sent(gateway, {"target": "quick", "input": {"messages": []}})
                self.assertEqual(refused.status, 503, refused.body)
        finally:
            self.server.start()
        for gateway in (self.one, self.other):
            eventually(lambda one=gateway: answers(f"{one.url}/readyz"), "it is ready again", limit=30)
            again = self.ada.send(gateway, "quick")
            self.assertEqual(self.ada.ended(self.other, again)["state"], "done")
        # Who watches is told again by the other, though every connection was lost.
        began = time.monotonic()
        watched = list(self.ada.watched(self.other, self.ada.send(self.one, "quick")))
        self.assertEqual([event["kind"] for event in watched], KINDS)
        self.assertLess(time.monotonic() - began, 10)
