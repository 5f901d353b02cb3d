"""Several gateways on one PostgreSQL, one Redis and one Temporal, of which two are killed while they work."""

import concurrent.futures
import http.client
import random
import threading
import time

import postgres
import temporal
from gateway import Dev, Serve, command, new_folder
from process import eventually
from quota import BODY, CHAT, Engine
from redis import Redis
from tasks import ENDED_KINDS, Person
from web import call
from witness import Witness

BROKEN = (OSError, http.client.HTTPException)
SECRET = "of these machines, and of no other: 0123456789abcdef"
LIMIT = 1000  # tokens of one person, in an hour


class Machines:
    """Three gateways; everything that they share, and those who call them."""

    def __init__(self, runner):
        self.database, self.redis, self.temporal = postgres.database(), Redis().start(), temporal.shared()
        self.engine, self.witness = Engine(), Witness(seconds=0.3)
        self.issuer = Dev(ENGINE_URL=self.engine.url, MEM_BACKEND="none")
        self.shared = {
            "OIDC_ISSUER": self.issuer.issuer, "OIDC_AUD": "attach-dev", "ENGINE_URL": self.engine.url,
            "AGENTS": f"witness={self.witness.url}/", "DATABASE_URL": self.database.url, "ATTACH_SECRET": SECRET,
            "ATTACH_PUBLIC_URL": "https://attach.example",
            "REDIS_URL": self.redis.url, "MAX_TOKENS_PER_MIN": str(LIMIT), "WINDOW": "3600",
            "TEMPORAL_URL": self.temporal.address, "TEMPORAL_QUEUE": f"machines-{runner}", "TASK_RUNNER": runner,
            "TASK_LEASE": "5", "GRPC_PORT": "off", "LOG_LEVEL": "info"}
        # At once, on an empty database: whoever comes second finds what the first has made.
        with concurrent.futures.ThreadPoolExecutor(3) as starting:
            self.gateways = list(starting.map(lambda _: Serve(**self.shared), range(3)))

    def person(self, name):
        return Person(command("token", "--sub", name, folder=self.issuer.folder).stdout.strip())

    def stop(self):
        for part in (*self.gateways, self.issuer, self.witness, self.engine):
            part.stop()
        self.redis.kill()


class Sending:
    """Sends `count` tasks, each with a key of its own and to one gateway after the other. Where the connection breaks
    it is sent again, elsewhere, as the same."""

    def __init__(self, machines, person, count):
        self.machines, self.person, self.tasks = machines, person, {}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(self.send, range(count)))

    def send(self, number):
        def accepted():
            nonlocal turn
            turn += 1
            gateway = self.machines.gateways[turn % 3]
            try:
                return self.person.send(gateway, "witness", f"task {number}", key=f"task-{number}")
            except BROKEN:
                return None

        turn = number
        self.tasks[number] = eventually(accepted, f"task {number} is accepted", limit=60)


class Watching:
    """Watches one task to its end, at one gateway after the other as they break."""

    def __init__(self, machines, person, task, seed):
        self.machines, self.person, self.task, self.events = machines, person, task, []
        self.luck = random.Random(seed)
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        eventually(self.is_over, f"the end of task {self.task} was seen", limit=300)

    def is_over(self):
        gateway = self.luck.choice(self.machines.gateways)
        after = self.events[-1]["seq"] if self.events else 0
        try:
            self.events.extend(self.person.watched(gateway, self.task, after=after))
        except BROKEN:
            pass
        return self.events and self.events[-1]["kind"] in ENDED_KINDS

    def seen(self):
        self.thread.join()
        return [(event["seq"], event["kind"]) for event in self.events]


class Spending:
    """Somebody who asks all three gateways again and again, and counts what came of it."""

    def __init__(self, machines, person, callers=6):
        self.machines, self.person, self.over = machines, person, False
        self.statuses, self.broken = [], 0
        self.threads = [threading.Thread(target=self.spend, args=[number], daemon=True) for number in range(callers)]

    def spend(self, number):
        while not self.over:
            number += 1
            try:
                answer = self.person.ask(self.machines.gateways[number % 3], "POST", CHAT, body=BODY)
                self.statuses.append(answer.status)
            except BROKEN:
                self.broken += 1
            time.sleep(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()


class Runners:
    """Who was seen at work."""

    def __init__(self, database):
        self.database, self.seen, self.over = database, set(), threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.over.wait(0.2):
            rows = self.database.rows("select distinct runner from task where runner is not null")
            self.seen |= {row["runner"] for row in rows}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def left(machines, person, cost):
    """The tokens that a person has left, once no gateway lets one more call of `cost` through."""

    def look():
        answers = [person.ask(gateway, "POST", CHAT, body=BODY) for gateway in machines.gateways]
        told = {int(answer.headers["ratelimit-remaining"]) for answer in answers if answer.status == 429}
        return len(told) == 1 and {answer.status for answer in answers} == {429} and max(told) < cost and told

    (found,) = eventually(look, "all gateways refuse, and say the same of what is left", limit=30)
    return found


def killed(machines, number, after):
    """Kills a gateway once the agent was called so often, and starts it again."""
    eventually(lambda: len(machines.witness.calls) >= after, f"{after} calls of the agent", limit=300)
    machines.gateways[number].process.kill()
    machines.gateways[number].start()
