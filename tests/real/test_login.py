"""Signing in at a real OpenID provider, in a real browser, and out again."""

import json
import unittest

from clients import chromium, playwright
from gateway import Serve, command
from process import eventually, free_port, run
from servers import Provider, models
from web import call

COOKIE = "attach_session"  # its name where the gateway is on plain http


class SigningInAtAProvider(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        browser, folder = chromium(), playwright()
        port = free_port()
        public = f"http://127.0.0.1:{port}"
        cls.provider, engine = Provider(redirect=f"{public}/auth/callback").start(), models()
        cls.addClassCleanup(cls.provider.stop)
        cls.addClassCleanup(engine.stop)
        cls.gateway = Serve(
            PORT=str(port), ATTACH_PUBLIC_URL=public, ENGINE_URL=engine.url,
            OIDC_ISSUER=cls.provider.issuer, OIDC_AUD="https://attach.example/api",
            OIDC_CLIENT_ID="site", OIDC_CLIENT_SECRET="of the site")
        cls.addClassCleanup(cls.gateway.stop)
        done = run(["node", folder / "login.mjs", browser, public], limit=120)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.seen = json.loads(done.stdout)

    def stranger(self, name, path="/auth/session"):
        """An answer to the cookie that Bob's or Carol's browser keeps."""
        (cookie,) = (found for found in self.seen["others"][name]["cookies"] if found["name"] == COOKIE)
        return call("GET", self.gateway.url + path, headers={"Cookie": f"{COOKIE}={cookie['value']}"})

    def test_who_is_not_signed_in_is_told_where_to(self):
        self.assertEqual(self.seen["before"], {"user": None, "login": "/auth/login"})

    def test_the_link_leads_to_the_provider_and_back_to_a_page_that_knows_the_user(self):
        self.assertEqual(self.seen["provider"], self.provider.issuer)
        self.assertEqual((self.seen["address"], self.seen["account"]), (f"{self.gateway.url}/", "alice"))
        session = self.seen["session"]
        self.assertEqual((session["user"], session["issuer"]), ("alice", self.provider.issuer))

    def test_return_to_leads_back_to_that_page(self):
        self.assertEqual(self.seen["others"]["bob"]["address"], f"{self.gateway.url}/?task=none")

    def test_the_session_is_one_cookie_that_no_script_can_read(self):
        (cookie,) = self.seen["cookies"]
        self.assertEqual(
            (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]), (COOKIE, True, "Lax", "/"))
        self.assertEqual(self.seen["scriptsSee"], "")

    def test_a_callback_serves_once_and_only_the_browser_that_asked(self):
        self.assertEqual(self.seen["callbackAgain"], 400)
        uninvited = call("GET", f"{self.gateway.url}/auth/callback?code=x&state=x")
        self.assertEqual(uninvited.status, 400)
        self.assertNotIn(f"{COOKIE}=", uninvited.headers.get("set-cookie", ""))

    def test_the_cookie_reads_and_with_its_csrf_token_it_writes(self):
        self.assertEqual(self.seen["read"]["status"], 200, self.seen["read"])
        self.assertEqual(self.seen["withCsrf"]["status"], 200, self.seen["withCsrf"])
        self.assertIn("task_id", json.loads(self.seen["withCsrf"]["text"]))

    def test_a_post_without_its_csrf_token_is_forbidden(self):
        for attempt in ("withoutCsrf", "wrongCsrf"):
            self.assertEqual(self.seen[attempt]["status"], 403, self.seen[attempt])

    def test_after_signing_out_nobody_is_there_not_even_with_the_old_cookie(self):
        self.assertEqual(self.seen["after"]["session"]["user"], None)
        self.assertEqual(self.seen["after"]["read"]["status"], 401)
        self.assertEqual(self.seen["afterWithTheOldCookie"]["status"], 401)

    def test_sessions_are_listed_and_ending_one_ends_no_other(self):
        rows = eventually(lambda: len(self.sessions()) == 3 and self.sessions(), "all three are listed")
        self.assertEqual([is_over(rows[name]) for name in ("alice", "bob", "carol")], [True, False, False], rows)
        ended = self.command("end", rows["carol"].split()[0])
        self.assertEqual(ended.returncode, 0, ended.stderr)
        gone = lambda: self.stranger("carol").json["user"] is None
        eventually(gone, "the gateway has heard that Carol's session is over", limit=3)
        self.assertEqual(self.stranger("carol", "/v1/models").status, 401)
        self.assertEqual(self.stranger("bob").json["user"], "bob")
        rows = self.sessions()
        self.assertEqual([is_over(rows[name]) for name in ("alice", "bob", "carol")], [True, False, True], rows)

    def sessions(self):
        """What `sessions list` prints: a row a user."""
        listed = self.command("list")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        rows = listed.stdout.splitlines()[1:]
        return {row.split()[1]: row for row in rows}

    def command(self, *words):
        return command("sessions", *words, folder=self.gateway.folder, **self.gateway.env)


def is_over(row):
    return row.endswith("signed out")
