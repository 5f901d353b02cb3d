"""The scripts of shared quotas, run by a real Redis at times of our own, against what they mean."""

import random
import unittest

from fetch import ROOT
from redis import Redis

SCRIPTS = ROOT / "src" / "adapters" / "quota" / "redis"
CLOCK = "redis.call('TIME')"
LEASE = 120_000
# Tokens, and milliseconds of the window: one is longer than a lease.
LIMITS = ((100, 5_000), (150, 20_000), (400, 300_000))


class Window:
    """What a window is to be: a plain list of what was spent, and what is held."""

    def __init__(self, tokens, span):
        self.tokens, self.span = tokens, span
        self.spent, self.holds = [], {}

    def slide(self, now):
        ahead = max((at for at, _ in self.spent), default=now // 100) - now // 100
        if ahead > 0:
            self.spent = [(at - ahead, tokens) for at, tokens in self.spent]
        self.spent = [(at, tokens) for at, tokens in self.spent if (at + 1) * 100 + self.span > now]
        self.holds = {call: hold for call, hold in self.holds.items() if hold[1] > now}

    def used(self):
        return sum(tokens for _, tokens in self.spent) + sum(tokens for tokens, _ in self.holds.values())

    def room(self):
        return max(self.tokens - self.used(), 0)

    def wait(self, needed, now):
        used = self.used()
        for at, tokens in sorted(self.spent):
            used -= tokens
            if used + needed <= self.tokens:
                return (at + 1) * 100 + self.span - now
        return min(self.span, 1000)


class Scripts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.redis = Redis().start()
        cls.addClassCleanup(lambda: cls.redis.process.kill())

    def setUp(self):
        self.redis.ask("FLUSHALL")
        self.now = 1_000_000_000

    def run_script(self, name, *values):
        text = (SCRIPTS / "window.lua").read_text() + (SCRIPTS / f"{name}.lua").read_text()
        self.assertIn(CLOCK, text)
        text = text.replace(CLOCK, f"{{ {self.now // 1000}, {self.now % 1000 * 1000} }}")
        keys = [f"{{p}}:{limit}{part}" for limit in range(len(LIMITS)) for part in ("", ":spent", ":leases")]
        said = self.redis.ask("EVAL", text, len(keys), *keys, *values)
        self.assertNotIn("ERR", said)
        return [int(number) for number in said.split()]

    def reserve(self, call, prompt, output=0, *, more=False):
        limits = [number for limit in LIMITS for number in limit]
        return self.run_script("reserve", call, prompt, output, LEASE, int(more), *limits)

    def settle(self, call, spent, *, age=0):
        return self.run_script("settle", call, spent, age, LEASE, *(span for _, span in LIMITS))

    def renew(self, call, held):
        return self.run_script("renew", call, held, LEASE, *(span for _, span in LIMITS))

    def sums(self):
        """Spent and held of each limit, as Redis has them."""
        return [tuple(int(self.redis.ask("HGET", f"{{p}}:{limit}", name) or 0) for name in ("spent", "held"))
                for limit in range(len(LIMITS))]

    def test_a_call_is_charged_once_however_often_it_is_told(self):
        self.assertEqual(self.reserve("a", 10, 20)[:2], [1, 30])
        self.assertEqual(self.reserve("a", 10, 20)[:2], [1, 30], "the answer was lost")
        self.assertEqual(self.sums(), [(0, 30)] * len(LIMITS))
        self.assertEqual(self.settle("a", 25), [1])
        self.assertEqual(self.settle("a", 25), [0])
        self.assertEqual(self.sums(), [(25, 0)] * len(LIMITS))
        self.assertEqual(self.reserve("a", 5)[0], -1, "it comes late")
        self.assertEqual(self.reserve("a", 0, 5, more=True)[0], -1)
        self.renew("a", 30)
        self.assertEqual(self.sums(), [(25, 0)] * len(LIMITS))

    def test_more_gets_what_room_there_is(self):
        self.reserve("a", 80)
        self.assertEqual(self.reserve("a", 0, 30, more=True)[:2], [1, 20])
        self.assertEqual(self.reserve("a", 0, 1, more=True)[0], 0)
        self.settle("a", 90)
        self.assertEqual(self.sums(), [(90, 0)] * len(LIMITS))

    def test_a_hold_lasts_for_its_lease_and_is_made_again_where_it_was_lost(self):
        self.reserve("a", 60)
        self.now += LEASE - 1
        self.assertEqual(self.reserve("b", 60)[0], 0)
        self.renew("a", 60)
        self.now += LEASE - 1
        self.assertEqual(self.reserve("b", 60)[0], 0)
        self.now += 1
        self.assertEqual(self.reserve("b", 60)[:2], [1, 60], "its gateway is gone")
        self.renew("a", 60)
        self.assertEqual(self.sums(), [(0, 120)] * len(LIMITS))
        # It ended while nobody could be told.
        self.settle("a", 70, age=4_000)
        self.assertEqual(self.sums(), [(70, 60)] * len(LIMITS))

    def test_what_left_the_window_before_it_was_told_is_not_charged(self):
        self.settle("a", 70, age=5_000)
        self.assertEqual(self.sums(), [(0, 0), (70, 0), (70, 0)])

    def test_a_settled_call_is_remembered_for_as_long_as_it_could_be_charged_twice(self):
        self.reserve("a", 10)
        self.settle("a", 70)
        for _ in range(10):
            self.now += 30_000
            self.settle("a", 70, age=self.now - 1_000_000_000)
            self.settle("other", 0)
            spent = [70 if self.now - 1_000_000_000 < span + 100 else 0 for _, span in LIMITS]
            self.assertEqual([sums[0] for sums in self.sums()], spent, self.now)

    def test_what_was_spent_before_others_leaves_before_them(self):
        for call, spent, age in (("a", 1, 0), ("b", 2, 3_000), ("c", 4, 1_000), ("d", 8, 3_000), ("e", 16, 4_000)):
            self.settle(call, spent, age=age)
        bought = []
        for wait in (0, 1_100, 1_000, 2_000, 1_000):
            self.now += wait
            self.settle("other", 0)
            bought.append(self.sums()[0][0])
        self.assertEqual(bought, [31, 15, 5, 1, 0])

    def test_of_a_hold_that_was_lost_and_grew_again_the_rest_is_made(self):
        self.reserve("a", 0, 20, more=True)
        self.renew("a", 80)
        self.assertEqual(self.sums(), [(0, 80)] * len(LIMITS))
        self.renew("a", 60)
        self.assertEqual(self.sums(), [(0, 80)] * len(LIMITS), "it is told late")
        self.settle("a", 5)
        self.assertEqual(self.sums(), [(5, 0)] * len(LIMITS))

    def test_any_history_comes_out_as_it_is_meant(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                self.setUp()
                self.history(random.Random(seed), 120)

    def history(self, dice, steps):
        windows = [Window(*limit) for limit in LIMITS]
        calls, told, elapsed = [], [], 0
        for step in range(steps):
            # Now and then the clock is set back, or goes on for longer than a lease.
            passed = dice.choice([0, 40, 700, 2_500, 2_500, LEASE * (step % 30 == 29), -30_000 * (step % 9 == 8)])
            self.now, elapsed = self.now + passed, elapsed + max(passed, 0)
            kind = dice.choice(("reserve", "reserve", "more", "settle")) if calls else "reserve"
            for window in windows:
                window.slide(self.now)
            if told and step % 4 == 0:
                # The answer was lost: what is told again, however late, changes nothing.
                call, spent, ended = dice.choice(told)
                self.settle(call, spent, age=elapsed - ended)
            if kind == "settle":
                call, spent = calls.pop(dice.randrange(len(calls))), dice.randrange(90)
                age = dice.choice((0, 0, 90, 3_000, 30_000))
                told.append((call, spent, elapsed - age))
                self.settle(call, spent, age=age)
                for window in windows:
                    window.holds.pop(call, None)
                    if spent and age < window.span:
                        window.spent.append(((self.now - age) // 100, spent))
            else:
                more = kind == "more"
                call = dice.choice(calls) if more else f"call-{step}"
                prompt, output = (0 if more else dice.randrange(60)), dice.randrange(1, 60)
                self.compare(windows, call, prompt, output, more=more, calls=calls)
        self.assertEqual([sum(sums) for sums in self.sums()], [window.used() for window in windows])
        self.assertGreaterEqual(min(min(sums) for sums in self.sums()), 0)

    def compare(self, windows, call, prompt, output, *, more, calls):
        word, held, refuser, wait, _, room, _ = self.reserve(call, prompt, output, more=more)
        needed, least = max(prompt, 1), min(window.room() for window in windows)
        waits = [window.wait(needed, self.now) if needed > window.room() else -1 for window in windows]
        if max(waits) >= 0:
            self.assertEqual((word, wait, room), (0, max(waits), least))
            self.assertEqual(refuser, waits.index(max(waits)) + 1)
            return
        taken = min(prompt + output, least)
        self.assertEqual((word, held, room), (1, taken, least - taken))
        for window in windows:
            before = window.holds.get(call, (0, 0))[0]
            window.holds[call] = (before + taken, self.now + LEASE)
        if call not in calls:
            calls.append(call)
