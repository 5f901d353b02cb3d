"""A real Prometheus, with promtool: Debian's package, unpacked and not installed, or the one that is on PATH."""

import json
import pathlib
import re
import shutil
import urllib.parse

from fetch import CACHE, ROOT, Missing, client, needed, thing
from gateway import new_folder
from process import Process, free_port, run
from web import answers, call

OPS = ROOT / "ops" / "prometheus"


@thing("Prometheus (Debian package prometheus)")
def programs():
    """The folder in which `prometheus` and `promtool` are."""
    found = shutil.which("prometheus"), shutil.which("promtool")
    if all(found):
        return pathlib.Path(found[0]).parent
    folder = CACHE / "prometheus"
    binaries = folder / "usr" / "bin"
    if not (binaries / "prometheus").exists():
        needed("apt-get", "dpkg")
        package = downloaded(CACHE / "prometheus-package")
        part = CACHE / "prometheus-part"
        shutil.rmtree(part, ignore_errors=True)
        client(["dpkg", "-x", package, part])
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
        shutil.rmtree(package.parent)
    return binaries


def downloaded(folder):
    """The package's file, in a folder of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fetch = ["apt-get", "download", "-qq", "prometheus"]
    try:
        client(fetch, cwd=folder)
    except Missing:
        # What apt knows may be too old, or nothing yet.
        client(["apt-get", "update", "-qq"])
        client(fetch, cwd=folder)
    (package,) = folder.glob("*.deb")
    return package


def promtool(*words):
    return run([programs() / "promtool", *words], cwd=ROOT)


class Prometheus:
    """One that scrapes `target` each second, with our rules, which wait for a second only."""

    def __init__(self, target):
        self.folder, port = new_folder(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = (OPS / "prometheus.yml").read_text()
        config = config.replace("127.0.0.1:9464", target).replace("15s", "1s")
        (self.folder / "prometheus.yml").write_text(config)
        rules = re.sub(r"^( +for:).*", r"\1 1s", (OPS / "alerts.yml").read_text(), flags=re.M)
        (self.folder / "alerts.yml").write_text(rules)
        self.process = Process("prometheus", [
            programs() / "prometheus", f"--config.file={self.folder}/prometheus.yml",
            f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{port}"])
        self.process.until(lambda: answers(f"{self.url}/-/ready"))

    def query(self, text):
        """What `text` comes to now: pairs of labels and value."""
        answer = call("GET", f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': text})}")
        if answer.status != 200:
            raise AssertionError(f"{text}: {answer.body.decode()}")
        found = answer.json["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def rules(self):
        """The names of the rules it has loaded, each with what became of its last evaluation."""
        groups = call("GET", f"{self.url}/api/v1/rules").json["data"]["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def firing(self):
        """The names of the alerts that fire."""
        alerts = call("GET", f"{self.url}/api/v1/alerts").json["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def dashboard():
    """Every query of the dashboard by its panel's title, its variables filled in."""
    board = json.loads((ROOT / "ops" / "grafana" / "attach-gateway.json").read_text())
    filled = {"$__rate_interval": "15s", "$job": ".*", "$instance": ".*"}
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            text = target["expr"]
            for name, value in filled.items():
                text = text.replace(name, value)
            yield panel["title"], text
