"""A class that the Python original has made and filled: it goes on, and what is in it stays its users'."""

import datetime
import itertools
import time
import unittest
import uuid

import weaviate
from memory import AUDIENCE, Remembering, ids, issuer, token

USERS = ("auth0|a", "auth0|b")


def moment(seconds_ago):
    at = datetime.datetime.fromtimestamp(time.time() - seconds_ago, datetime.UTC)
    return at.isoformat()


def old_events(user):
    """What the original wrote of a task and of a log line, each property as it had it."""
    common = {"user": user, "session_id": "5e" * 32, "task_id": "a1b2c3d4e5f6"}
    asked = {"messages": [{"role": "user", "content": f"a question of {user}"}], "model": "tinyllama"}
    answered = {"choices": [{"message": {"role": "assistant", "content": f"an answer for {user}"}}]}
    return [
        {**common, "timestamp": moment(300), "event": "task_sent", "payload": asked},
        {**common, "timestamp": moment(290), "event": "task_result", "state": "done", "result": answered},
        {"user": user, "timestamp": moment(280), "event": "log", "run_id": str(uuid.uuid4()), "level": "info",
         "message": f"the runner of {user} is ready"}]


def filled(server):
    """The class as the original left it, and the ids of each user's events."""
    made = server.call("POST", "/v1/schema", {"class": weaviate.CLASS})
    assert made.status == 200, made.body
    own = {user: [] for user in USERS}
    for events in zip(*map(old_events, USERS)):
        for user, properties in zip(USERS, events):
            put = server.call("POST", "/v1/objects", {"class": weaviate.CLASS, "properties": properties})
            assert put.status == 200, put.body
            own[user].insert(0, put.json["id"])
    return own


def types(server):
    return {found["name"]: found["dataType"] for found in server.standing()["properties"]}


class TheOriginalsClass(unittest.TestCase):
    def setUp(self):
        self.server = weaviate.emptied()
        self.own = filled(self.server)
        self.before = types(self.server)
        self.tokens = {user: token(user) for user in USERS}

    def start(self, *files, **more):
        gateway = Remembering(self.server.gateway(), *files, **more)
        self.addCleanup(gateway.stop)
        return gateway

    def test_it_is_what_the_originals_schema_makes_of_it(self):
        kinds = {"timestamp": "date", "run_id": "uuid", "payload": "object", "result": "object", "user": "text"}
        self.assertEqual({name: self.before[name] for name in kinds}, {name: [kind] for name, kind in kinds.items()})

    def test_old_events_are_their_users_alone(self):
        gateway = self.start()
        for user, other in itertools.permutations(USERS):
            for limit in (1, 2, 10):
                pages = gateway.pages(self.tokens[user], limit=limit)
                self.assertEqual([id for page in pages for id in ids(page)], self.own[user], (user, limit))
            for id in self.own[user]:
                read = gateway.ask("GET", f"/mem/events/{id}", self.tokens[user])
                self.assertEqual((read.status, read.json["user"]), (200, user), read.body)
                for method in ("GET", "DELETE"):
                    self.assertEqual(gateway.ask(method, f"/mem/events/{id}", self.tokens[other]).status, 404)
            found = ids(gateway.found(self.tokens[user], "runner question answer auth0", limit=100))
            self.assertFalse(set(found) & set(self.own[other]), user)

    def test_old_events_are_nobodys_where_two_issuers_might_have_named_them(self):
        another = f'[[issuer]]\nurl = "{issuer(2).issuer}"\naudience = "{AUDIENCE}"\n'
        gateway = self.start({"attach.toml": another})
        for person in (*self.tokens.values(), token("auth0|a", issuer_number=2)):
            self.assertEqual(gateway.events(person), [])
            self.assertEqual(gateway.ask("GET", f"/mem/events/{self.own['auth0|a'][0]}", person).status, 404)

    def test_new_events_whose_types_differ_are_written_and_read_among_the_old(self):
        gateway, person = self.start(), self.tokens["auth0|a"]
        (line,) = gateway.log(person, {"run_id": "abc", "level": "info", "message": "no uuid is its run"})
        document = gateway.write(person, "a plan for the runner", metadata={"n": 1}, agent="planner")
        task = gateway.ask("POST", "/a2a/tasks/send", person, body={"target": "parrot", "input": {"say": "x"}})
        written = gateway.remembers(person, 4 + len(self.own["auth0|a"]))
        gateway.settled()
        read = gateway.events(person, limit=100)
        self.assertEqual(read, written, "as it was before it went to Weaviate")
        self.assertEqual(ids(read)[-3:], self.own["auth0|a"])
        self.assertLessEqual({line, document}, set(ids(read)))
        run_id = next(event["run_id"] for event in read if event["_additional"]["id"] == line)
        self.assertEqual(run_id, "abc")
        kinds = [event["event"] for event in gateway.events(person, task_id=task.json["task_id"])]
        self.assertEqual(kinds, ["task_result", "task_sent"])
        self.assertIn(document, ids(gateway.found(person, "plan")))
        self.assertEqual(ids(gateway.events(self.tokens["auth0|b"])), self.own["auth0|b"])

    def test_no_property_of_the_originals_is_changed(self):
        gateway = self.start()
        gateway.write(self.tokens["auth0|a"], "new")
        gateway.settled()
        after = types(self.server)
        self.assertEqual({name: after[name] for name in self.before}, self.before)

    def test_old_events_are_erased_by_their_user_alone(self):
        gateway = self.start()
        gateway.write(self.tokens["auth0|a"], "new")
        gateway.settled()
        first = self.own["auth0|a"][0]
        self.assertEqual(gateway.ask("DELETE", f"/mem/events/{first}", self.tokens["auth0|a"]).status, 204)
        erased = gateway.ask("DELETE", "/mem/events?all=true", self.tokens["auth0|a"])
        self.assertEqual(erased.json, {"erased": 3})
        self.assertEqual(gateway.events(self.tokens["auth0|a"]), [])
        self.assertEqual(ids(gateway.events(self.tokens["auth0|b"])), self.own["auth0|b"])
        left = sorted(found["id"] for found in self.server.objects())
        self.assertEqual(left, sorted(self.own["auth0|b"]))
