"""Processes that the tier starts: each is waited for until it is ready, and none outlives the run."""

import functools
import itertools
import os
import signal
import socket
import subprocess
import threading
import time

from fetch import CACHE

LOGS = CACHE / "logs"
RUNNING = []
STARTING, OVER = threading.Lock(), threading.Event()
numbers = itertools.count(1)


class Process:
    """A program of one's own session, its output in a file."""

    def __init__(self, name, command, *, cwd=None, env=None, user=None):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name, self.log = name, LOGS / f"{next(numbers):02}-{name}.log"
        self.starter = threading.get_ident()
        # Once the run is over no thread of it starts another.
        with open(self.log, "wb") as log, STARTING:
            assert not OVER.is_set(), "the run is over"
            self.child = subprocess.Popen(
                [str(word) for word in command], cwd=cwd, env=environment(env or {}),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **dropped(user))
            RUNNING.append(self)

    def output(self):
        return self.log.read_text(errors="replace")

    def until(self, is_ready, *, limit=60):
        """Waits until it is ready. A program that ends before, or takes longer, is an error with its words."""

        def look():
            ready = is_ready()
            if not ready and self.child.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n{self.output()[-2000:]}")
            return ready

        eventually(look, f"{self.name} is ready", limit=limit)
        return self

    def signal(self, number):
        os.kill(self.child.pid, number)

    def exit_code(self, *, limit=10):
        return self.child.wait(timeout=limit)

    def kill(self):
        """SIGKILL, to it and to what it started."""
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        return self.child.wait(timeout=10)

    def stop(self):
        if self.child.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


def once(make):
    """`make`, called once for each of its arguments, by whichever of the classes that run at the same time."""
    making, made = threading.RLock(), functools.cache(make)

    @functools.wraps(make)
    def known(*words):
        with making:
            return made(*words)

    return known


def trouble_told():
    """The last errors that programs started by this thread have in their logs: what a failure is best understood by."""
    for process in [each for each in RUNNING if each.starter == threading.get_ident()]:
        errors = [line for line in process.output().splitlines() if " ERROR " in line]
        yield from (f"{process.log.name}: {line[:500]}" for line in errors[-3:])


def stop_all():
    with STARTING:
        OVER.set()
    while RUNNING:
        RUNNING.pop().stop()


def run(command, *, limit=120, cwd=None, env=None, text_in=None, user=None):
    """Runs a program to its end; gives exit code, stdout and stderr."""
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment(env or {}), input=text_in,
        capture_output=True, text=True, timeout=limit, **dropped(user))


def dropped(user):
    """What a program is started with so that it runs as `user`, with no other right."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def environment(more):
    """What a program needs and what was said: nothing that happens to be set here."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **more}


def eventually(look, what, *, limit=10):
    """The first true answer of `look`; an error once the limit is over."""
    until = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {limit} s: {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
