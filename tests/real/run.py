#!/usr/bin/env python3
"""The integration tier: the built gateway against real engines, clients and browsers.

    tests/real/run.py                every test
    tests/real/run.py page handoff   those of the files whose names hold one of these words
    tests/real/run.py --ahead        no test: gets what takes long to build, beside whatever else runs here

Needs Python alone; everything else is fetched into .cache/real, or skipped by its name. The binary is the one that
`cargo test` builds, target/debug/attach-gateway, or the one that ATTACH_GATEWAY_BIN names: before a release,
target/release/attach-gateway.
"""

import importlib
import itertools
import pathlib
import queue
import shutil
import signal
import sys
import textwrap
import threading
import time
import traceback
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LANES = 2
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from fetch import THINGS, begin_ahead, end_clients, get_ahead  # noqa: E402
from gateway import FOLDERS, binary  # noqa: E402
from process import LOGS, stop_all, trouble_told  # noqa: E402


class Tally:
    """Prints each test as it ends, and counts."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], 0

    def say(self, text):
        print(text, flush=True)

    def line(self, word, seconds, test, more=""):
        self.say(f"  {word:<8}{seconds:6.1f} s  {sentence(test)}{more}")

    def ok(self, test, seconds):
        self.passed += 1
        self.line("ok", seconds, test)

    def skip(self, test, why, seconds=0.0):
        self.skipped += 1
        self.line("skipped", seconds, test, f" ({why})")

    def fail(self, test, story, seconds=0.0):
        self.failed.append(test)
        self.line("FAILED", seconds, test)
        self.say(textwrap.indent(story, "    "))


class Apart(Tally):
    """That of a class that runs beside others: what it has to say is printed in one piece at its end."""

    def __init__(self):
        super().__init__()
        self.said = []

    def say(self, text):
        self.said.append(text)

    def added_to(self, tally):
        tally.say("\n".join(self.said))
        tally.passed, tally.skipped = tally.passed + self.passed, tally.skipped + self.skipped
        tally.failed += self.failed


class Beside:
    """Classes that wait almost all the time (they say `beside = True`) run in threads of their own while the others
    work. Those that measure (`alone = True`) come last, when nothing else runs."""

    def __init__(self, cases):
        self.turns = [(threading.Thread(target=run_apart, args=[case, tally], daemon=True), tally)
                      for case in cases for tally in [Apart()]]

    def begin(self):
        for thread, _ in self.turns:
            thread.start()

    def ended(self, tally):
        """Waits for them, and adds what they found to `tally`."""
        for thread, own in self.turns:
            thread.join()
            own.added_to(tally)


def in_lanes(cases, tally):
    """Several subjects at a time, the classes of each in their order: most tests wait most of the time."""
    subjects = queue.SimpleQueue()
    # Those of one subject (test_quota_…) may share a server whose contents they count.
    for _, together in itertools.groupby(cases, key=lambda case: case.__module__.split("_")[1]):
        subjects.put(list(together))
    printing = threading.Lock()

    def work():
        while True:
            try:
                together = subjects.get_nowait()
            except queue.Empty:
                return
            for case in together:
                own = Apart()
                run_apart(case, own)
                with printing:
                    own.added_to(tally)

    lanes = [threading.Thread(target=work, daemon=True) for _ in range(LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


def sentence(test):
    return test.removeprefix("test_").replace("_", " ")


def run_class(case, tally):
    tally.say(f"\n{case.__name__} ({case.__module__})")
    names = unittest.defaultTestLoader.getTestCaseNames(case)
    started = time.monotonic()
    try:
        case.setUpClass()
        tally.say(f"  {'set up':<8}{time.monotonic() - started:6.1f} s")
        for name in names:
            run_test(case(name), name, tally)
    except unittest.SkipTest as why:
        for name in names:
            tally.skip(name, why)
    except Exception:
        story = "\n".join([traceback.format_exc(), *trouble_told()])
        for name in names:
            tally.fail(name, story)
            story = "as above: the set-up failed\n"
    finally:
        try:
            case.tearDownClass()
        finally:
            case.doClassCleanups()
    for error in case.tearDown_exceptions:
        tally.fail(f"{case.__name__} is put away", "".join(traceback.format_exception(*error)))


def run_apart(case, tally):
    """The same in a thread, whose own end nobody would hear of."""
    try:
        run_class(case, tally)
    except BaseException:
        tally.fail(case.__name__, traceback.format_exc())


def run_test(test, name, tally):
    result, started = unittest.TestResult(), time.monotonic()
    test.run(result)
    seconds = time.monotonic() - started
    trouble = result.errors + result.failures
    if trouble:
        tally.fail(name, "\n".join([*(story for _, story in trouble), *trouble_told()]), seconds)
    elif result.skipped:
        tally.skip(name, result.skipped[0][1], seconds)
    else:
        tally.ok(name, seconds)


def classes(words):
    names = sorted(path.stem for path in HERE.glob("test_*.py"))
    for name in names:
        if not words or any(word in name for word in words):
            module = importlib.import_module(name)
            for case in vars(module).values():
                if isinstance(case, type) and issubclass(case, unittest.TestCase) and case.__module__ == name:
                    yield case


def run_all(cases, tally):
    beside = Beside([case for case in cases if getattr(case, "beside", False)])
    beside.begin()
    in_lanes([case for case in cases if not getattr(case, "beside", False) and not getattr(case, "alone", False)], tally)
    beside.ended(tally)
    for case in cases:
        if getattr(case, "alone", False):
            run_class(case, tally)


def summary(tally, seconds):
    print("\nReal things", flush=True)
    for name, thing in THINGS.items():
        print(f"  {name}: {thing.standing()}")
    for test in tally.failed:
        print(f"  FAILED: {sentence(test)}")
    print(f"logs of what was started: {LOGS}\nintegration tier: {seconds:.0f} s")
    print(f"integration: {tally.passed} passed, {len(tally.failed)} failed, {tally.skipped} skipped", flush=True)


def ahead():
    """Gets what takes long. Whoever starts the tier meanwhile waits for it there."""
    list(classes([]))  # reading the tests has them say what they need
    try:
        get_ahead()
    finally:
        end_clients()
    return 0


def main(words):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    if words == ["--ahead"]:
        return ahead()
    if not binary().exists():
        sys.exit(f"{binary()} is not there; run cargo build first, or set ATTACH_GATEWAY_BIN")
    print(f"integration tier with {binary()}")
    shutil.rmtree(LOGS, ignore_errors=True)
    tally, started = Tally(), time.monotonic()
    cases = list(classes(words))
    begin_ahead()
    try:
        run_all(cases, tally)
    finally:
        end_clients()
        stop_all()
        while FOLDERS:
            FOLDERS.pop().cleanup()
        summary(tally, time.monotonic() - started)
    if not tally.passed:
        sys.exit("no test ran")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
