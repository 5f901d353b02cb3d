"""Whose memory it is: people whose names look alike never meet, by any route, in either backend."""

import itertools
import json
import unittest

import weaviate
from clients import pypi_signers
from fetch import PEERS
from memory import AUDIENCE, Remembering, ids, issuer, token
from process import run

KINDS = ("document", "log", "prompt", "response", "task_sent", "task_result")
DOCUMENTS = 3


def people():
    """Names and tokens: the hash of a name is all that a careless comparison sees of some of these."""
    done = run([pypi_signers(), PEERS / "owners.py", AUDIENCE])
    assert done.returncode == 0, done.stderr
    (one, token_of_one), (two, token_of_two) = json.loads(done.stdout).items()
    assert sum(a != b for a, b in zip(one, two, strict=True)) == 1, (one, two)
    return {
        "auth0|a": token("auth0|a"), "auth0|b": token("auth0|b"), "auth0|A": token("auth0|A"),
        "auth0 a": token("auth0 a"), "auth0|a of another issuer": token("auth0|a", issuer_number=2),
        one: token_of_one, two: token_of_two}


class Owners:
    """Everyone writes the same words, each of every kind; then each looks for what the others wrote."""

    @classmethod
    def backend(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.people = people()
        another = f'[[issuer]]\nurl = "{issuer(2).issuer}"\naudience = "{AUDIENCE}"\n'
        cls.gateway = Remembering(
            cls.backend(), {"attach.toml": another}, DID_METHODS="pkh", DID_AUD=AUDIENCE,
            DID_SCOPES="*=chat:run tasks:run memory:read memory:write")
        cls.addClassCleanup(cls.gateway.stop)
        cls.own = {name: cls.written(person) for name, person in cls.people.items()}
        cls.gateway.settled()

    @classmethod
    def written(cls, person):
        """The ids of what a person has written, with the kind of each."""
        for n in range(DOCUMENTS):
            cls.gateway.write(person, f"the same words {n}", title="same")
        cls.gateway.log(person, {"run_id": "same", "level": "info", "message": "the same words"})
        cls.gateway.chat(person, "the same words")
        task = {"target": "parrot", "input": {"say": "the same words"}}
        assert cls.gateway.ask("POST", "/a2a/tasks/send", person, body=task).status == 200
        events = cls.gateway.remembers(person, DOCUMENTS + len(KINDS) - 1)
        assert sorted({event["event"] for event in events}) == sorted(KINDS), events
        return {event["_additional"]["id"]: event for event in events}

    def pairs(self):
        """Each person with the events of each other one, and how that is called."""
        for one, other in itertools.permutations(self.people, 2):
            yield f"{one} looks for what {other} wrote", self.people[one], self.own[other]

    def test_nobody_has_what_another_wrote(self):
        for one, other in itertools.combinations(self.own.values(), 2):
            self.assertFalse(set(one) & set(other))

    def test_pages_of_every_length_show_ones_own_alone(self):
        for name, person in self.people.items():
            for limit in (2, 100):
                pages = self.gateway.pages(person, limit=limit)
                found = [id for page in pages for id in ids(page)]
                self.assertEqual(sorted(found), sorted(self.own[name]), name)

    def test_every_event_says_whose_it_is(self):
        for name, own in self.own.items():
            for event in own.values():
                self.assertEqual(event["user"], name.removesuffix(" of another issuer"))

    def test_no_kind_is_shared(self):
        for name, person in self.people.items():
            for kind in KINDS:
                found = ids(self.gateway.events(person, event=kind, limit=100))
                wanted = [id for id, event in self.own[name].items() if event["event"] == kind]
                self.assertEqual(sorted(found), sorted(wanted), (name, kind))

    def test_another_persons_session_and_task_hold_nothing(self):
        for what, person, others in self.pairs():
            for field in ("session_id", "task_id"):
                for value in {event[field] for event in others.values() if field in event}:
                    self.assertEqual(self.gateway.events(person, **{field: value}), [], what)

    def test_another_persons_event_is_no_place_to_go_on(self):
        for what, person, others in self.pairs():
            id = next(iter(others))
            self.assertEqual(self.gateway.ask("GET", f"/mem/events?before={id}", person).status, 400, what)
            cursor = self.gateway.page(person, limit=1)[1].split(".")[0] + f".{id}"
            below = ids(self.gateway.events(person, before=cursor, limit=100))
            self.assertFalse(set(below) & set(others), what)

    def test_a_search_finds_ones_own_alone(self):
        for name, person in self.people.items():
            for words in ("same", "the same words", name):
                found = self.gateway.found(person, words, limit=100)
                self.assertLessEqual(set(ids(found)), set(self.own[name]), (name, words))
            documents = [id for id, event in self.own[name].items() if event["event"] == "document"]
            self.assertLessEqual(set(documents), set(ids(self.gateway.found(person, "same", limit=100))), name)

    def test_another_persons_id_is_like_one_that_nobody_has(self):
        nobody = "01a21009-18d3-7517-9b69-972aa2495fac"
        for what, person, others in self.pairs():
            for method in ("GET", "DELETE"):
                unknown = self.gateway.ask(method, f"/mem/events/{nobody}", person)
                for id in others:
                    answer = self.gateway.ask(method, f"/mem/events/{id}", person)
                    self.assertEqual((answer.status, answer.body), (404, unknown.body), what)

    def test_z_who_erases_everything_leaves_the_others_whole(self):
        """The last one: it takes from the others."""
        left = dict(self.own)
        for name in list(left)[:-1]:
            erased = self.gateway.ask("DELETE", "/mem/events?all=true", self.people[name])
            self.assertEqual(erased.json, {"erased": len(left.pop(name))})
            self.assertEqual(self.gateway.events(self.people[name]), [])
            for other, own in left.items():
                found = self.gateway.events(self.people[other], limit=100)
                self.assertEqual(sorted(ids(found)), sorted(own), f"{name} erased, {other} looks")
                searched = self.gateway.found(self.people[other], "same", limit=100)
                self.assertGreaterEqual(len(searched), DOCUMENTS)


class OwnersInSqlite(Owners, unittest.TestCase):
    @classmethod
    def backend(cls):
        return {"MEM_BACKEND": "sqlite"}


class OwnersInWeaviate(Owners, unittest.TestCase):
    @classmethod
    def backend(cls):
        return weaviate.emptied().gateway()
