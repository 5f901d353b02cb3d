"""Weaviate goes away for a while and comes back: nobody is held up, and every event is there once."""

import collections
import json
import sqlite3
import time
import unittest

import weaviate
from load import Load, chat, percentiles
from memory import Remembering, token
from process import eventually
from web import call

AWAY = 10  # seconds
CALLERS, PAUSE = 4, 0.02


def asked(number):
    """A chat, then a document, and so on."""
    text = f"event {number}"
    return chat(text) if number % 2 else ("POST", "/mem/events", {"text": text})


def wanted(told):
    """What has to be there for what was answered: which events, each with its text."""
    for one in told:
        kinds = ("prompt", "response") if one.number % 2 else ("document",)
        yield from ((kind, f"event {one.number}") for kind in kinds)


class Backlog:
    """A gateway in front of a Weaviate of its own, as who runs it sees it."""

    def __init__(self):
        self.server = weaviate.Own().start()
        self.gateway = Remembering(self.server.gateway())
        self.person, self.watcher = token("busy"), token("watcher", scope="metrics:read")

    def gauge(self, name):
        shown = call("GET", f"{self.gateway.url}/metrics", token=self.watcher).body.decode()
        return next(float(line.split()[-1]) for line in shown.splitlines() if line.startswith(f"{name} "))

    def spoiled(self):
        """Makes one of the documents that wait one that Weaviate cannot take, since its number is too large; gives
        its text. The gateway itself lets nothing through that would be refused."""
        database = sqlite3.connect(self.gateway.folder / "data" / "attach.db", isolation_level=None, timeout=10)
        sql = """
            update memory_outbox set body = json_set(body, '$.tokens', json('18446744073709551615'))
             where outbox_no = (select max(outbox_no) from memory_outbox where event = 'document')
            returning body ->> 'text'"""
        ((text,),) = database.execute(sql).fetchall()
        database.close()
        return text

    def there(self):
        """Each event of Weaviate with its text, as often as it is there."""
        properties = [found["properties"] for found in self.server.objects()]
        return collections.Counter((event["event"], event.get("text")) for event in properties)

    def stop(self):
        self.gateway.stop()
        self.server.stop()


class Interrupted:
    """Callers who go on while Weaviate is away for some seconds: how they were answered before, meanwhile, after.
    One of the documents of that time is spoiled."""

    def __init__(self, backlog, seconds):
        self.ready, self.gauges = [], []
        with Load(backlog.gateway.url, backlog.person, asked, callers=CALLERS, pause=PAUSE) as load:
            time.sleep(3)
            left = time.monotonic()
            backlog.server.stop()
            until = left + seconds
            while time.monotonic() < until:
                self.ready.append(call("GET", f"{backlog.gateway.url}/readyz").status)
                self.gauges.append(backlog.gauge("attach_memory_backlog"))
                time.sleep(0.5)
            self.spoiled = backlog.spoiled()
            backlog.server.start()
            back = time.monotonic()
            time.sleep(3)
        self.told = load.told
        self.before = [one for one in self.told if one.sent < left]
        self.meanwhile = [one for one in self.told if left <= one.sent < back]
        self.after = [one for one in self.told if back <= one.sent]


class WeaviateGoesAndComes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.backlog = Backlog()
        cls.addClassCleanup(cls.backlog.stop)
        cls.seen = Interrupted(cls.backlog, AWAY)
        cls.later = cls.backlog.gateway.write(cls.backlog.person, "later")
        cls.backlog.gateway.settled(limit=90)

    def test_every_request_was_answered_meanwhile_as_it_was_before(self):
        self.assertGreater(len(self.seen.meanwhile), 100)
        self.assertLessEqual({one.status for one in self.seen.told}, {200, 201})
        (middle, worst), (middle_before, _) = percentiles(self.seen.meanwhile), percentiles(self.seen.before)
        print(f"  p50 and p99 in ms: before {percentiles(self.seen.before)}, meanwhile {(middle, worst)}")
        self.assertLess(middle, 3 * middle_before + 20)
        self.assertLess(worst, 1000)

    def test_the_gateway_was_ready_and_told_its_backlog(self):
        self.assertEqual(set(self.seen.ready), {200})
        self.assertGreater(max(self.seen.gauges), 100)
        self.assertEqual(self.backlog.gauge("attach_memory_backlog"), 0)

    def test_every_event_is_there_exactly_once_but_for_the_one_that_is_refused(self):
        every = collections.Counter([("document", "later"), *wanted(self.seen.told)])
        del every["document", self.seen.spoiled]
        self.assertEqual(self.backlog.there(), every)

    def test_the_one_that_is_refused_is_set_aside_with_its_reason(self):
        self.assertEqual(self.backlog.gauge("attach_memory_set_aside"), 1)
        (row,) = self.backlog.gateway.rows_of("select * from memory_set_aside")
        self.assertIn(self.seen.spoiled, row["body"])
        self.assertIn("tokens", row["last_error"])

    def test_documents_are_there_under_the_ids_that_were_answered(self):
        answered = {self.later} | {
            json.loads(one.body)["id"] for one in self.seen.told
            if one.number % 2 == 0 and f"event {one.number}" != self.seen.spoiled}
        objects = self.backlog.server.objects()
        documents = {found["id"] for found in objects if found["properties"]["event"] == "document"}
        self.assertEqual(documents, answered)
