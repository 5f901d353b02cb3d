"""Checks of a gateway by a2a-sdk: names of the files that hold them."""

import asyncio
import importlib
import os
import sys

from checks import run_checks

for part in sys.argv[1:]:
    importlib.import_module(part)
asyncio.run(run_checks(only=os.environ.get("ONLY", "")))
