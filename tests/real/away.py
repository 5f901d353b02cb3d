"""A gateway whose Weaviate goes away for a while, and callers who go on meanwhile."""

import collections
import sqlite3
import time

import weaviate
from load import Load, chat
from memory import Remembering, token
from web import call

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

    def hurry(self):
        """What was refused is tried again in minutes; it is tried now. Gives how many wait."""
        database = sqlite3.connect(self.gateway.folder / "data" / "attach.db", isolation_level=None, timeout=10)
        database.execute("update memory_outbox set due_at = 1 where due_at > 1 and dead_at is null")
        database.close()
        return self.gateway.waiting()

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
