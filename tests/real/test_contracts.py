"""The contracts that `cargo test` shows for a file hold for a real PostgreSQL as well."""

import os
import re
import unittest

import postgres
from fetch import ROOT, needed
from process import run

TESTS = ROOT / "tests" / "it"
ON_ANY_DATABASE = re.compile(r"\b(database::any|Home::server|any\(async)")
CARGO = {name: value for name, value in os.environ.items() if name.startswith(("CARGO", "RUST"))}
BRIEF = {"RUST_BACKTRACE": "0", "RUST_TEST_THREADS": "4"}


def modules():
    """Those of the tests that run over every database there is."""
    for path in sorted(TESTS.rglob("*.rs")):
        if path.parent.name != "support" and ON_ANY_DATABASE.search(path.read_text()):
            yield "::".join(path.relative_to(TESTS).with_suffix("").parts) + "::"


class ContractsOnPostgres(unittest.TestCase):
    def story(self, told):
        """Of which tests failed, and why; without any, how far they came."""
        return told.partition("\nfailures:\n")[2][:9000] or told[-5000:]

    def test_every_test_that_takes_any_database_passes_on_it(self):
        needed("cargo")
        server = postgres.shared()
        url = f"postgres://{postgres.USER}:{server.password}@127.0.0.1:{server.port}/postgres"
        command = ["cargo", "test", "--test", "it", "--", *modules()]
        done = run(command, cwd=ROOT, env={**CARGO, **BRIEF, "ATTACH_TEST_POSTGRES": url}, limit=900)
        self.assertEqual(done.returncode, 0, self.story(done.stdout) + done.stderr[-1000:])
        (passed,) = re.findall(r"test result: ok\. (\d+) passed", done.stdout)
        print(f"  {passed} tests of {', '.join(modules())}")
        self.assertGreater(int(passed), 0)
