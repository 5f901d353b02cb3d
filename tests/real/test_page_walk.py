"""The page: a person's way through it, after signing in at a real OpenID provider, with a real model behind it."""

import re
import unittest

from gateway import Serve, binary
from page import Stage, seen
from process import Process, free_port, listens
from servers import Provider, llama

QUESTION = "Write Python to sort a list"
LIMIT = 240


def agent(name, gateway):
    """The planner or the coder, as a program of its own; gives its address."""
    port = free_port()
    program = Process(name, [binary().parent / name, "--gateway", gateway, "--port", port])
    program.until(lambda: listens(port))
    return f"{name}=http://127.0.0.1:{port}/api/chat"


class ThePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = free_port()
        public = f"http://127.0.0.1:{port}"
        provider, slow = Provider(redirect=f"{public}/auth/callback").start(), Stage()
        cls.addClassCleanup(provider.stop)
        cls.addClassCleanup(slow.stop)
        agents = [agent("planner", public), agent("coder", public), f"slow={slow.url}/agent"]
        cls.gateway = Serve(
            PORT=str(port), ATTACH_PUBLIC_URL=public, ENGINE_URL=llama().url, AGENTS=",".join(agents),
            OIDC_ISSUER=provider.issuer, OIDC_AUD="https://attach.example/api",
            OIDC_CLIENT_ID="site", OIDC_CLIENT_SECRET="of the site")
        cls.addClassCleanup(cls.gateway.stop)
        cls.seen = seen("page_walk.mjs", public, limit=LIMIT + 240, question=QUESTION, limit_ms=LIMIT * 1000)

    def task(self, name):
        (row,) = self.gateway.rows_of("select * from task where task_id = ?", name)
        return row

    def test_both_tasks_end_and_how_is_said_in_words(self):
        children = self.gateway.rows_of("select * from task where parent_task_id = ?", self.seen["planner"])
        self.assertEqual(self.task(self.seen["planner"])["state"], "completed")
        self.assertEqual([(row["target"], row["state"]) for row in children], [("coder", "completed")])
        lines = "\n".join(self.seen["lines"])
        for line in ("Request sent to planner", "Planner handed on to coder", "Coder finished", "Planner finished"):
            self.assertIn(line, lines)

    def test_the_answer_grows_while_the_coder_writes_it(self):
        self.assertGreater(len(self.seen["lengths"]), 10)

    def test_the_waterfall_has_a_row_for_each_task_and_each_call_of_the_engine(self):
        rows = "\n".join(self.seen["rows"])
        for word in ("planner", "coder", "smollm2"):
            self.assertRegex(rows, re.compile(word, re.IGNORECASE))
        calls = self.gateway.rows_of("select count(*) as n from usage_record")[0]["n"]
        self.assertGreaterEqual(len(self.seen["rows"]), 2 + calls)

    def test_the_events_shown_are_those_of_the_database(self):
        (row,) = self.gateway.rows_of("select count(*) as n from task_event where task_id = ?", self.seen["planner"])
        self.assertEqual(self.seen["events"], f"{row['n']} events")

    def test_the_plan_is_found_in_memory_and_is_what_the_planner_wrote(self):
        self.assertEqual({word.lower() for word in self.seen["marked"]}, {"plan"})
        (plan,) = self.gateway.rows_of(
            "select task_id, text, json_extract(body, '$.agent') as agent from memory_event where event_id = ?",
            self.seen["plan"])
        self.assertEqual((plan["agent"], plan["task_id"]), ("planner", self.seen["planner"]))
        for line in plan["text"].splitlines():
            if line.strip() and not line.strip().startswith(("```", "~~~")):
                self.assertIn(line.strip(), self.seen["document"])

    def test_a_task_that_runs_is_canceled(self):
        self.assertEqual(self.task(self.seen["canceled"])["state"], "canceled")

    def test_the_keyboard_opens_views_and_the_focus_is_where_one_has_come_to(self):
        self.assertEqual(self.seen["focus"], {"waterfall": "true", "Usage": "Usage", "Agents": "Agents", "Me": "Me"})

    def test_after_signing_out_nobody_is_there_and_nothing_of_them_is_shown(self):
        self.assertIsNone(self.seen["session"]["user"])
        self.assertNotIn("alice", self.seen["left"])

    def test_the_console_is_quiet_and_nothing_asks(self):
        quiet = [line for line in self.seen["complaints"] if "403" not in line]  # of Status, which is not Alice's
        self.assertEqual((quiet, self.seen["dialogs"]), ([], []))

    def test_nothing_is_fetched_from_elsewhere(self):
        provider = self.gateway.env["OIDC_ISSUER"]  # where one is sent to sign in
        self.assertEqual([url for url in self.seen["elsewhere"] if not url.startswith(provider)], [])

    def test_nothing_is_kept_where_scripts_can_read_it(self):
        self.assertEqual(self.seen["stored"], [[], [], "", [], []])

    def test_axe_finds_nothing_serious_light_or_dark(self):
        self.assertEqual(self.seen["axe"], {})

    def test_no_view_is_wider_than_a_narrow_window(self):
        self.assertEqual(self.seen.get("wide", []), [])
