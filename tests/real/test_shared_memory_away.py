"""Weaviate goes away for a while and comes back: nobody is held up, and every event is there once."""

import collections
import json
import unittest

from away import Backlog, Interrupted, wanted
from load import percentiles
from process import eventually

AWAY = 10  # seconds


class WeaviateGoesAndComes(unittest.TestCase):
    alone = True

    @classmethod
    def setUpClass(cls):
        cls.backlog = Backlog()
        cls.addClassCleanup(cls.backlog.stop)
        cls.seen = Interrupted(cls.backlog, AWAY)
        cls.later = cls.backlog.gateway.write(cls.backlog.person, "later")
        eventually(lambda: cls.backlog.hurry() == 0, "all events have gone or are set aside", limit=90)

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
