"""Checks of a peer: functions whose names are sentences. Each that ends is told as a line of JSON."""

import asyncio
import json
import time
import traceback

CHECKS = []
AT_ONCE = 6
PATIENCE = 60  # seconds for one check


def check(work):
    CHECKS.append(work)
    return work


def check_unless(skips):
    return (lambda work: work) if skips else check


async def told(work, places):
    async with places:
        got, since = None, time.monotonic()
        try:
            await asyncio.wait_for(work(), PATIENCE)
        except Exception:
            got = traceback.format_exc(limit=-3)
        seconds = round(time.monotonic() - since, 1)
        print(json.dumps({"check": work.__name__, "ok": got is None, "got": got, "seconds": seconds}), flush=True)


async def run_checks(*, only=""):
    """All of them, some at a time: they wait for agents more than they work."""
    places = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(told(work, places) for work in CHECKS if only in work.__name__))


def same(got, wanted, what=""):
    assert got == wanted, f"{what} is {got!r}, not {wanted!r}"


async def refused(kind, doing):
    """Awaits what must be refused so; gives the error."""
    try:
        done = await doing
    except kind as error:
        return error
    raise AssertionError(f"it was done, not refused with {kind.__name__}: {done}")
