"""The page among words that were written to do harm, and among much of everything."""

import json
import sqlite3
import unittest

from gateway import Dev, Serve, command
from page import Stage, seen
from tasks import Person

MARK = "the harm of these words"
RTL, ZERO_WIDTH = "\u202e\u2066gnp.exe", "\u200b\u200d\ufeff"
EVIL = (f'{MARK}<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>\'"><svg onload=window.pwned=3>'
        f'<a href="javascript:window.pwned=4">x</a>[x](javascript:window.pwned=5) {RTL} {ZERO_WIDTH} {{{{7*7}}}}')
LINE = "a line without an end " * 44_500  # about a megabyte, which is what the gateway takes
USER = (EVIL + "long" * 50)[:200]
SCOPES = "chat:run tasks:run memory:read memory:write metrics:read admin"
EVENTS = 10_000
PATIENCE = 10_000  # milliseconds to open another view; a page that hangs takes longer than any of the tier's machines


def card(url):
    """The card of an agent that means harm."""
    return {
        "name": EVIL, "description": EVIL + LINE[:4000], "version": EVIL[:60], "provider": {"organization": EVIL, "url": url},
        "supportedInterfaces": [{"url": f"{url}/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        "capabilities": {"streaming": True}, "defaultInputModes": [EVIL], "defaultOutputModes": ["text/plain"],
        "skills": [{"id": f"{n} {EVIL}", "name": EVIL, "description": EVIL, "tags": [EVIL] * 5, "examples": [EVIL] * 5}
                   for n in range(40)]}


def many_events(path, task):
    """Gives a task that has ended 10,000 events more, before its end."""
    with sqlite3.connect(path, timeout=20) as database:
        (last, at) = database.execute("select max(seq), max(at) from task_event where task_id = ?", [task]).fetchone()
        said = json.dumps({"title": EVIL, "agent": EVIL, "detail": EVIL, "mem_id": EVIL})
        database.executemany(
            "insert into task_event (task_id, seq, at, kind, state, attempt, data) values (?, ?, ?, ?, 'completed', 1, ?)",
            ((task, last + n, at + n, "document" if n % 2 else EVIL[:40], said) for n in range(1, EVENTS + 1)))
    database.close()
    return last


class HostileWords(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        engine, agent = Stage(answer=f"{EVIL}\n```{EVIL}\n{EVIL}\n```\n{LINE}", models=["scripted", EVIL]), Stage()
        agent.documents["/.well-known/agent-card.json"] = card(agent.url)
        issuer = Dev(ENGINE_URL=engine.url, MEM_BACKEND="none")
        for part in (engine, agent, issuer.process):
            cls.addClassCleanup(part.stop)
        cls.gateway = Serve(
            OIDC_ISSUER=issuer.issuer, OIDC_AUD="attach-dev", ENGINE_URL=engine.url, AGENTS=f"evil=a2a+{agent.url}")
        cls.addClassCleanup(cls.gateway.stop)
        token = command("token", "--sub", USER, "--scope", SCOPES, folder=issuer.folder).stdout.strip()
        person = Person(token)
        task = person.send(cls.gateway, "chat", EVIL)
        person.ended(cls.gateway, task)
        documents = {name: cls.document(person, **event) for name, event in {
            "a document": {"title": EVIL, "text": EVIL, "agent": EVIL[:100], "metadata": {EVIL: EVIL}},
            "a document of a megabyte in one line": {"title": MARK, "text": LINE}}.items()}
        cls.gateway.stop()
        cls.before = many_events(cls.gateway.folder / "data" / "attach.db", task)
        cls.gateway.start()
        cls.seen = seen("page_hostile.mjs", cls.gateway.url, limit=300, token=token, mark=MARK, evil=EVIL, many=task,
                        documents=documents, last=cls.before + EVENTS)
        print(f"    milliseconds to leave for another view: {cls.seen['slow']}")

    @classmethod
    def document(cls, person, **event):
        answer = person.ask(cls.gateway, "POST", "/mem/events", body=event)
        assert answer.status in (200, 201), answer.body
        return answer.json["id"]

    def test_nothing_of_it_runs(self):
        self.assertEqual((self.seen["ran"], self.seen["dialogs"]), ([], []))

    def test_nothing_is_fetched_for_it(self):
        self.assertEqual(self.seen["elsewhere"], [])

    def test_it_stands_there_as_text(self):
        for name in ("Ask", "an answer", "Tasks", "a task of 10,000 events", "Memory", "a document", "Agents", "a card", "Me"):
            self.assertTrue(self.seen["shown"][name], name)

    def test_no_view_is_wider_than_its_window(self):
        self.assertEqual(self.seen["wide"], [])

    def test_axe_finds_nothing_serious_light_or_dark(self):
        self.assertEqual(self.seen["axe"], {})

    def test_all_events_are_there_of_which_few_are_drawn(self):
        self.assertEqual(self.seen["events"], f"{self.before + EVENTS:,} events")
        self.assertLess(self.seen["drawn"], 3000)

    def test_the_page_stays_usable(self):
        for name, milliseconds in self.seen["slow"].items():
            self.assertLess(milliseconds, PATIENCE, name)

    def test_the_console_is_quiet(self):
        # Addresses that lead nowhere are asked for once.
        self.assertEqual([line for line in self.seen["complaints"] if "404" not in line and "400" not in line], [])
