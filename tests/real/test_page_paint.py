"""What it takes to see the page, and a list of 100,000 tasks on it."""

import gzip
import sqlite3
import unittest
import uuid

from fetch import ROOT
from gateway import Dev, Serve, command
from page import Stage, seen
from tasks import Person

TASKS, PAGES = 100_000, 10
RAW, SENT = 200_000, 90_000  # bytes that all of the page may have, as it is kept and as browsers get it
OLDEST = "the oldest of them all"


def copies(path, task, count):
    """Gives the owner of a task `count` more like it, older than it is."""
    database = sqlite3.connect(path, timeout=60)
    names = [row[1] for row in database.execute("pragma table_info(task)")]
    (row,) = database.execute(f"select {', '.join(names)} from task where task_id = ?", [task])
    made = dict(zip(names, row))

    def older(number):
        at = made["created_at"] - number * 1000
        words = OLDEST if number == count else f"task {number}"
        own = {"task_id": str(uuid.UUID(int=at << 80 | 7 << 76 | 2 << 62 | number)), "created_at": at,
               "updated_at": at + 700, "idempotency_key": None, "input": made["input"].replace("the newest", words)}
        return [{**made, **own}[name] for name in names]

    with database:
        database.executemany(
            f"insert into task ({', '.join(names)}) values ({', '.join('?' * len(names))})", map(older, range(1, count + 1)))
    database.close()


class TheFirstLook(unittest.TestCase):
    alone = True

    @classmethod
    def setUpClass(cls):
        stage = Stage()
        issuer = Dev(ENGINE_URL=stage.url, MEM_BACKEND="none")
        cls.addClassCleanup(stage.stop)
        cls.addClassCleanup(issuer.process.stop)
        gateway = Serve(
            OIDC_ISSUER=issuer.issuer, OIDC_AUD="attach-dev", ENGINE_URL=stage.url, MEM_BACKEND="none", LOG_LEVEL="info")
        cls.addClassCleanup(gateway.stop)
        person = Person(command("token", "--sub", "ada", folder=issuer.folder).stdout.strip())
        task = person.send(gateway, "chat", "the newest")
        person.ended(gateway, task)
        gateway.stop()
        copies(gateway.folder / "data" / "attach.db", task, TASKS)
        gateway.start()
        cls.seen = seen("page_paint.mjs", gateway.url, limit=240, token=person.token, newest="the newest", oldest=OLDEST,
                        pages=PAGES)
        first, again = cls.seen["first"], cls.seen["again"]
        print(f"    painted after {first['painted']:.0f} ms, again after {again['painted']:.0f} ms; {first['requests']} "
              f"requests, {first['bytes']} bytes; with every view {cls.seen['all']['requests']} and {cls.seen['all']['bytes']}")
        print(f"    {TASKS} tasks: pages of the list took {cls.seen['calls']} ms, a search {cls.seen['searched']} ms")

    def test_few_and_small_requests_stand_before_the_first_look(self):
        self.assertLessEqual(self.seen["first"]["requests"], 40)
        self.assertLess(self.seen["first"]["bytes"], 120_000)

    def test_all_of_the_page_is_small(self):
        files = [path for path in (ROOT / "web").rglob("*") if path.is_file() and not path.name.endswith(".test.js")]
        texts = [path.read_bytes() for path in files]
        self.assertLess(sum(map(len, texts)), RAW)
        self.assertLess(sum(len(gzip.compress(text, 6)) for text in texts), SENT)
        self.assertLess(self.seen["all"]["bytes"], RAW)

    def test_a_long_list_is_drawn_in_part(self):
        self.assertLess(max(self.seen["nodes"]), 3000)

    def test_what_is_far_back_is_found(self):
        self.assertGreater(len(self.seen["searched"]), 0)

    def test_the_console_is_quiet(self):
        self.assertEqual((self.seen["complaints"], self.seen["elsewhere"]), ([], []))
