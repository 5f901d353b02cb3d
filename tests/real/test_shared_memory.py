"""Shared memory's contract: the same tests over each backend, all routes, as their callers see them."""

import http.client
import time
import unittest
import urllib.parse

import weaviate
from memory import Remembering, as_lines, echo, ids, token
from process import eventually
from web import Answer

# What somebody might write into a query to get out of it.
HOSTILE = (
    '"', "''", '")) or user:("x', "back\\slash \\\" end", "\\u0022}}", "{ Get { MemoryEvent { user } } }", "$q",
    "words:rate", "rate OR limiter NOT x NEAR(a b)", "^rate*", "-rate", "a%00b", "\n\t rate", "rate\x00limiter",
    "'; drop table memory_event; --", "🦀 rate", "限流 算法", "ünï çødé", "()[]{}", "*",
)
LINE = {"run_id": "abc", "level": "info", "message": "hi"}


class Contract:
    """Each test is a person of its own."""

    @classmethod
    def backend(cls):
        """What tells a gateway to keep its memory there."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.gateway = Remembering(cls.backend())
        cls.addClassCleanup(cls.gateway.stop)

    def setUp(self):
        self.user = self._testMethodName
        self.token = token(self.user)

    def ask(self, method, path, **more):
        return self.gateway.ask(method, path, self.token, **more)

    def refused(self, answer, status, word):
        self.assertEqual(answer.status, status, answer.body)
        self.assertIn(word, answer.body.decode())

    def posted(self, path, body, kind="application/json"):
        """A body as it is."""
        parts = urllib.parse.urlsplit(self.gateway.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        self.addCleanup(connection.close)
        connection.request("POST", path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind})
        return Answer(connection.getresponse())

    def test_a_document_is_read_at_once_by_its_id_and_in_the_list(self):
        metadata = {"n": 1.5, "deep": [{"a": None}], "text": "not the text"}
        id = self.gateway.write(self.token, "the plan", title="A plan", agent="planner", metadata=metadata)
        read = self.ask("GET", f"/mem/events/{id}")
        self.assertEqual(read.status, 200, read.body)
        (listed,) = self.gateway.events(self.token)
        self.assertEqual(listed["_additional"]["id"], id)
        for event in (read.json, listed):
            shown = {name: event[name] for name in ("event", "user", "title", "text", "agent", "metadata")}
            self.assertEqual(shown, {
                "event": "document", "user": self.user, "title": "A plan", "text": "the plan", "agent": "planner",
                "metadata": metadata})
            self.assertRegex(event["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

    def test_what_went_to_the_backend_is_read_as_it_was_before(self):
        metadata = {"n": 1.5, "big": 12345678901234567, "deep": [{"a": None}], "é": "\\\"🦀"}
        id = self.gateway.write(self.token, "line one\nline “two” \\ 🦀", title="t", metadata=metadata)
        before = self.ask("GET", f"/mem/events/{id}").json
        self.gateway.settled()
        self.assertEqual(self.ask("GET", f"/mem/events/{id}").json, before)

    def test_a_key_that_comes_again_is_the_same_document(self):
        body, key = {"text": "once"}, {"Idempotency-Key": "k1"}
        first = self.ask("POST", "/mem/events", body=body, headers=key)
        again = self.ask("POST", "/mem/events", body=body, headers=key)
        self.gateway.settled()
        later = self.ask("POST", "/mem/events", body=body, headers=key)
        self.assertEqual([first.status, again.status, later.status], [201, 200, 200])
        self.assertEqual([again.json, later.json], [first.json] * 2)
        self.assertEqual(ids(self.gateway.events(self.token)), [first.json["id"]])

    def test_another_persons_key_is_another_document(self):
        body, key = {"text": "mine"}, {"Idempotency-Key": "k2"}
        mine = self.ask("POST", "/mem/events", body=body, headers=key)
        other = self.gateway.ask("POST", "/mem/events", token(f"{self.user}-2"), body=body, headers=key)
        self.assertEqual([mine.status, other.status], [201, 201])
        self.assertNotEqual(mine.json["id"], other.json["id"])

    def test_a_list_has_ten_events_when_nobody_says_and_a_hundred_at_most(self):
        self.gateway.log(self.token, *[LINE] * 120)
        self.assertEqual(len(self.gateway.events(self.token)), 10)
        self.assertEqual(len(self.gateway.events(self.token, limit=100)), 100)
        self.assertEqual(len(self.gateway.events(self.token, limit=1)), 1)
        for limit in (0, 101, -1, "ten"):
            self.assertEqual(self.ask("GET", f"/mem/events?limit={limit}").status, 400, limit)

    def test_many_events_of_the_same_moment_are_paged_each_once_and_in_order(self):
        now = time.time()
        moments = [now] * 130 + [now - 1] * 60 + [now - 2] + [now - 3] * 40
        written = self.gateway.log(self.token, *[{**LINE, "timestamp": at} for at in moments])
        wanted = [id for _, id in sorted(zip(moments, written), reverse=True)]
        for settled in (False, True):
            for limit in (7, 64, 100):
                pages = list(self.gateway.pages(self.token, limit=limit))
                self.assertEqual([id for page in pages for id in ids(page)], wanted, (settled, limit))
            self.gateway.settled()

    def test_a_list_goes_on_below_an_event_of_ones_own(self):
        written = [self.gateway.write(self.token, f"event {n}") for n in range(5)]
        for settled in (False, True):
            self.assertEqual(ids(self.gateway.events(self.token, before=written[2])), [written[1], written[0]])
            self.gateway.settled()
        unknown = self.ask("GET", "/mem/events?before=01a21009-18d3-7517-9b69-972aa2495fac")
        self.refused(unknown, 400, "before")

    def test_a_list_is_narrowed_by_kind_session_and_task(self):
        agent = {"User-Agent": "another"}
        mine = self.gateway.write(self.token, "in this session")
        other = self.ask("POST", "/mem/events", body={"text": "in another"}, headers=agent).json["id"]
        (line,) = self.gateway.log(self.token, LINE)
        task = self.task({"say": "x"})
        sessions = {id: self.ask("GET", f"/mem/events/{id}").json["session_id"] for id in (mine, other)}
        self.assertEqual(len(set(sessions.values())), 2)
        self.gateway.remembers(self.token, 2, task_id=task)
        for settled in (False, True):
            self.assertEqual(ids(self.gateway.events(self.token, event="log")), [line])
            self.assertEqual(ids(self.gateway.events(self.token, session_id=sessions[other])), [other])
            self.assertIn(mine, ids(self.gateway.events(self.token, session_id=sessions[mine])))
            kinds = [event["event"] for event in self.gateway.events(self.token, task_id=task)]
            self.assertEqual(kinds, ["task_result", "task_sent"])
            almost = sessions[mine][:-1]
            self.assertEqual(self.gateway.events(self.token, session_id=almost), [])
            self.gateway.settled()
        for kind in ("logs", "log%22%20or%20%22"):
            self.refused(self.ask("GET", f"/mem/events?event={kind}"), 400, "event")
        self.refused(self.ask("GET", "/mem/events?task_id=x"), 400, "task_id")

    def task(self, given):
        sent = self.ask("POST", "/a2a/tasks/send", body={"target": "parrot", "input": given})
        task = sent.json["task_id"]
        look = lambda: self.ask("GET", f"/a2a/tasks/status/{task}?wait=5").json["state"] in ("done", "error")
        eventually(look, "the task has ended", limit=20)
        return task

    def test_a_task_leaves_what_was_sent_and_what_came_of_it(self):
        task = self.task({"say": "a task's words"})
        events = self.gateway.remembers(self.token, 2, task_id=task)
        result, sent = events
        self.assertEqual([result["event"], sent["event"]], ["task_result", "task_sent"])
        self.assertEqual((sent["target"], result["state"]), ("parrot", "done"))
        self.assertIn("a task's words", sent["payload"])
        self.assertIn("a task's words", result["result"])

    def test_the_gateways_own_chat_as_a_task_leaves_both_kinds_under_the_task(self):
        messages = [{"role": "user", "content": "asked in a task"}]
        sent = self.ask("POST", "/a2a/tasks/send", body={"target": "chat", "input": {"messages": messages}})
        events = self.gateway.remembers(self.token, 4, task_id=sent.json["task_id"])
        kinds = sorted(event["event"] for event in events)
        self.assertEqual(kinds, ["prompt", "response", "task_result", "task_sent"])

    def test_a_chat_leaves_its_prompt_and_its_answer(self):
        for stream in (False, True):
            text = f"say this again, streamed {stream}"
            answered = self.gateway.chat(self.token, text, stream=stream)
            self.assertEqual(answered.status, 200, answered.body)
        events = self.gateway.remembers(self.token, 4)
        told = sorted((event["event"], event["role"], event["text"], event["model"]) for event in events)
        texts = [f"say this again, streamed {stream}" for stream in (False, True)]
        wanted = [("prompt", "user", text, "echo") for text in texts]
        wanted += [("response", "assistant", text, "echo") for text in texts]
        self.assertEqual(told, wanted)
        for event in events:
            self.assertEqual(event["user"], self.user)
            self.assertTrue(event["request_id"] and event["session_id"] and event["tokens"], event)

    def test_a_search_has_the_best_first_and_marks_what_it_found(self):
        both = self.gateway.write(self.token, "The rate limiter keeps a window for each user of the gateway")
        self.gateway.write(self.token, "A window in the wall of a house, and a door beside it, both painted green")
        one = self.gateway.write(self.token, "How a limiter is fitted to an engine of a car, in some ten words")
        title = self.gateway.write(self.token, "nothing of it in this text", title="limiter")
        self.gateway.settled()
        found = self.gateway.found(self.token, "RATE limiter")
        self.assertEqual(ids(found)[0], both)
        self.assertEqual(sorted(ids(found)), sorted([both, one, title]))
        snippets = {id: event["_additional"]["snippet"] for id, event in zip(ids(found), found)}
        self.assertTrue(snippets[both].startswith("The ⟦rate⟧ ⟦limiter⟧ keeps"), snippets)
        self.assertIn("a ⟦limiter⟧ is", snippets[one])
        self.assertEqual(ids(self.gateway.found(self.token, "rate limiter", limit=1)), [both])
        self.assertEqual(self.gateway.found(self.token, "nowhere"), [])

    def test_words_of_every_script_are_found(self):
        texts = ("Straße und Ärger", "δοκιμή λέξεων", "the café's naïve crêpe")
        written = [self.gateway.write(self.token, text) for text in texts]
        self.gateway.settled()
        for word, id in zip(("ärger", "ΛΈΞΕΩΝ", "naïve"), written):
            self.assertEqual(ids(self.gateway.found(self.token, word)), [id], word)

    def test_nothing_in_a_query_is_an_operator(self):
        stranger = token(f"{self.user}-stranger")
        for hostile in HOSTILE:
            self.gateway.write(stranger, f"{hostile} rate limiter")
        mine = self.gateway.write(self.token, "rate limiter x near user MemoryEvent a b 🦀 限流")
        self.gateway.settled()
        for hostile in HOSTILE:
            answer = self.gateway.search(self.token, hostile)
            has_words = any(c.isalnum() for c in hostile)
            self.assertEqual(answer.status, 200 if has_words else 400, (hostile, answer.body))
            found = ids(answer.json["data"]["Get"]["MemoryEvent"]) if has_words else []
            self.assertLessEqual(set(found), {mine}, hostile)
        for hostile in ('")) or user:("x', "^rate*", "-rate", "rate OR limiter NOT x NEAR(a b)"):
            self.assertEqual(ids(self.gateway.found(self.token, hostile)), [mine], hostile)

    def test_a_query_has_one_to_thirty_two_words(self):
        self.gateway.write(self.token, " ".join(f"w{n}" for n in range(40)))
        self.gateway.settled()
        self.assertEqual(len(self.gateway.found(self.token, " ".join(f"w{n}" for n in range(32)))), 1)
        self.refused(self.gateway.search(self.token, " ".join(f"w{n}" for n in range(33))), 400, "q")
        for nothing in ("", " ", "…!"):
            self.refused(self.gateway.search(self.token, nothing), 400, "q")
        self.refused(self.ask("GET", "/mem/search"), 400, "q")
        for limit in (0, 101):
            self.refused(self.gateway.search(self.token, "w1", limit=limit), 400, "limit")

    def test_log_lines_come_alone_in_an_array_and_line_by_line(self):
        at = int(time.time()) - 60
        alone = self.ask("POST", "/v1/logs", body={**LINE, "message": "one", "timestamp": at, "agent": "sakana"})
        self.assertEqual(alone.status, 202, alone.body)
        several = [{**LINE, "level": level, "message": level} for level in ("debug", "info", "warn", "error", "fatal")]
        self.gateway.log(self.token, *several)
        lines = self.posted("/v1/logs", as_lines(LINE, LINE) + b"\n", "application/x-ndjson")
        self.assertEqual((lines.status, lines.json["accepted"]), (202, 2), lines.body)
        events = self.gateway.events(self.token, event="log", limit=100)
        self.assertEqual(len(events), 8)
        oldest = events[-1]
        shown = {name: oldest[name] for name in ("run_id", "level", "message", "agent", "user")}
        self.assertEqual(shown, {"run_id": "abc", "level": "info", "message": "one", "agent": "sakana",
                                 "user": self.user})
        self.assertTrue(oldest["timestamp"].startswith(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))))

    def test_a_log_line_that_lacks_something_is_refused_and_the_field_is_named(self):
        wrong = [({name: value for name, value in LINE.items() if name != left_out}, left_out) for left_out in LINE]
        wrong += [({**LINE, name: value}, name) for name, value in (
            ("run_id", 7), ("level", "loud"), ("level", None), ("message", {}), ("timestamp", "now"),
            ("timestamp", -1), ("timestamp", 1e12), ("agent", 3))]
        for line, name in wrong:
            self.refused(self.ask("POST", "/v1/logs", body=line), 422, name)
            self.refused(self.ask("POST", "/v1/logs", body=[LINE, line]), 422, f"[1].{name}")
            self.refused(self.posted("/v1/logs", as_lines(LINE, line), "application/x-ndjson"), 422, f"line 2: {name}")
        self.assertEqual(self.posted("/v1/logs", b'{"run_id":').status, 400)
        self.assertEqual(self.gateway.events(self.token), [], "all of a request is kept, or nothing")

    def test_an_event_that_was_erased_is_nowhere(self):
        for settled in (False, True):
            gone, kept = (self.gateway.write(self.token, f"erasable {word} {settled}") for word in ("gone", "kept"))
            if settled:
                self.gateway.settled()
                self.assertIn(gone, ids(self.gateway.found(self.token, "erasable")))
            self.assertEqual(self.ask("DELETE", f"/mem/events/{gone}").status, 204)
            for method in ("GET", "DELETE"):
                self.assertEqual(self.ask(method, f"/mem/events/{gone}").status, 404)
            self.gateway.settled()
            self.assertNotIn(gone, ids(self.gateway.events(self.token)))
            self.assertNotIn(gone, ids(self.gateway.found(self.token, "erasable")))
            self.assertEqual(self.ask("GET", f"/mem/events/{gone}").status, 404)
            self.assertEqual(self.ask("GET", f"/mem/events/{kept}").status, 200)

    def test_everything_can_be_erased_at_once_and_not_by_accident(self):
        self.gateway.log(self.token, *[LINE] * 250)
        self.gateway.settled()
        self.gateway.log(self.token, *[LINE] * 30)
        for query in ("", "?all=false", "?all="):
            self.refused(self.ask("DELETE", f"/mem/events{query}"), 400, "all=true")
        erased = self.ask("DELETE", "/mem/events?all=true")
        self.assertEqual((erased.status, erased.json), (200, {"erased": 280}), erased.body)
        self.gateway.settled()
        self.assertEqual(self.gateway.events(self.token), [])
        self.assertEqual(self.gateway.found(self.token, "hi"), [])
        again = self.gateway.write(self.token, "life goes on")
        self.assertEqual(ids(self.gateway.events(self.token)), [again])

    def test_an_id_that_nobody_has_is_not_found(self):
        for id in ("01a21009-18d3-7517-9b69-972aa2495fac", "x", "%22"):
            for method in ("GET", "DELETE"):
                self.assertEqual(self.ask(method, f"/mem/events/{id}").status, 404, (method, id))

    def test_who_brings_no_token_is_told_to(self):
        for method, path in (("GET", "/mem/events"), ("GET", "/mem/search?q=x"), ("POST", "/v1/logs"),
                             ("DELETE", "/mem/events?all=true")):
            self.assertEqual(self.gateway.ask(method, path, None).status, 401, path)


class MemoryInSqlite(Contract, unittest.TestCase):
    @classmethod
    def backend(cls):
        return {"MEM_BACKEND": "sqlite"}

    def test_words_that_no_space_separates_are_found(self):
        # Weaviate takes such a run of characters for one word.
        id = self.gateway.write(self.token, "限流算法很简单")
        self.assertEqual(ids(self.gateway.found(self.token, "算法")), [id])


class MemoryInWeaviate(Contract, unittest.TestCase):
    @classmethod
    def backend(cls):
        return weaviate.emptied().gateway()

    def test_what_is_remembered_is_in_weaviate_once(self):
        written = [self.gateway.write(self.token, f"object {n}") for n in range(3)]
        self.gateway.settled()
        own = [found["id"] for found in weaviate.shared().objects() if found["properties"]["user"] == self.user]
        self.assertEqual(sorted(own), sorted(written))


class MemoryByAnotherName(unittest.TestCase):
    def test_sakana_is_weaviate(self):
        gateway = Remembering({**weaviate.emptied().gateway(), "MEM_BACKEND": "sakana"})
        self.addCleanup(gateway.stop)
        (line,) = gateway.log(token("sakana"), LINE)
        gateway.settled()
        self.assertEqual([found["id"] for found in weaviate.shared().objects()], [line])


class MemoryThatIsOff(unittest.TestCase):
    def test_every_route_says_which_variable_to_set(self):
        gateway = Remembering({"MEM_BACKEND": "none"})
        self.addCleanup(gateway.stop)
        person, id = token("off"), "01a21009-18d3-7517-9b69-972aa2495fac"
        for method, path, body in (
                ("POST", "/v1/logs", LINE), ("POST", "/mem/events", {"text": "x"}), ("GET", "/mem/events", None),
                ("GET", f"/mem/events/{id}", None), ("GET", "/mem/search?q=x", None),
                ("DELETE", f"/mem/events/{id}", None), ("DELETE", "/mem/events?all=true", None)):
            answer = gateway.ask(method, path, person, body=body)
            self.assertEqual(answer.status, 503, (path, answer.body))
            self.assertIn("MEM_BACKEND", answer.body.decode())
