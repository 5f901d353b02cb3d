"""The client of the Python original: sends a task to nobody in particular and polls until it has ended."""

import os
import time

import requests

GATEWAY, MODEL = os.environ["GATEWAY"], os.environ["MODEL"]
headers = {"Authorization": f"Bearer {os.environ['JWT']}"}

messages = [{"role": "user", "content": "Write Python to sort a list"}]
payload = {"input": {"model": MODEL, "messages": messages, "stream": False}}
sent = requests.post(f"{GATEWAY}/a2a/tasks/send", json=payload, headers=headers, timeout=30)
sent.raise_for_status()
task = sent.json()["task_id"]
for _ in range(240):
    status = requests.get(f"{GATEWAY}/a2a/tasks/status/{task}", headers=headers, timeout=30).json()
    if status["state"] in ("done", "error"):
        break
    time.sleep(0.5)
print(status["result"]["choices"][0]["message"]["content"])
