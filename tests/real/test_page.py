"""The page, in a real browser, with a real model behind it."""

import json
import unittest

from clients import chromium, playwright
from fetch import CACHE, PEERS
from gateway import Dev
from process import run
from servers import llama

SCREENSHOT = CACHE / "page.png"


class ThePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        browser, folder = chromium(), playwright()
        cls.dev = Dev(ENGINE_URL=llama().url)
        cls.addClassCleanup(cls.dev.stop)
        done = run(["node", PEERS / "page.mjs", browser, folder, cls.dev.link, SCREENSHOT], limit=240)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.seen = json.loads(done.stdout)
        cls.cards = {card["name"]: card["text"] for card in cls.seen["cards"]}
        cls.task = cls.dev.ask("GET", f"/a2a/tasks/status/{cls.seen['task']}").json

    def holds(self, card, document):
        """A card shows a document's words, whatever it makes of fences and spaces."""
        text = self.dev.ask("GET", f"/mem/events/{document}").json["text"]
        words = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("```")]
        for line in words:
            self.assertIn(line, card)

    def test_the_printed_link_signs_in_and_leaves_no_code_in_the_address(self):
        self.assertEqual(self.seen["account"], "dev")
        self.assertEqual(self.seen["address"], f"{self.dev.url}/")

    def test_the_plan_appears_while_the_coder_is_still_at_work(self):
        self.assertRegex(self.seen["whilePlanned"], "is working|to take it|is finished")

    def test_plan_and_code_are_shown(self):
        attach = self.task["result"]["attach"]
        self.holds(self.cards["Plan"], attach["plan_id"])
        self.holds(self.cards["Code"], attach["code_id"])

    def test_how_it_ended_is_said_in_words(self):
        self.assertRegex(self.seen["status"], r"^Done in [\d.]+ s\.$")
        timeline = "\n".join(self.seen["timeline"])
        for line in ("Request sent to planner", "Planner handed on to coder", "Coder finished", "Planner finished"):
            self.assertIn(line, timeline)

    def test_a_page_opened_again_shows_the_same(self):
        self.assertEqual(self.seen["again"]["status"], self.seen["status"])
        self.assertEqual(self.seen["again"]["cards"], self.seen["cards"])

    def test_the_console_is_quiet(self):
        self.assertEqual(self.seen["complaints"], [])

    def test_nothing_is_fetched_from_elsewhere(self):
        self.assertEqual(self.seen["elsewhere"], [])

    def test_nothing_is_kept_where_scripts_can_read_it(self):
        self.assertEqual(self.seen["stored"], [[], [], ""])

    def test_the_link_is_refused_the_second_time(self):
        self.assertEqual(self.seen["secondUse"]["status"], 400)
        self.assertIn("the link has been used", self.seen["secondUse"]["text"])
        self.assertEqual(self.seen["strangerSession"], {"user": None, "login": None})
