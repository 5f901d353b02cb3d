"""The Temporal client of the Python original, which knows nothing of this gateway: one message for the workflow
ProcessChat, then a look each half second until the task has ended."""

import os
import time

import requests

GATEWAY = os.environ["GATEWAY"]
authorization = {"Authorization": f"Bearer {os.environ['JWT']}"}

payload = {"input": {"messages": [{"role": "user", "content": "ping"}]}, "target_url": "temporal://ProcessChat"}
headers = {**authorization, "X-Attach-Session": "temporal-demo"}
sent = requests.post(f"{GATEWAY}/a2a/tasks/send", json=payload, headers=headers, timeout=30)
sent.raise_for_status()
task = sent.json()["task_id"]
for _ in range(240):
    status = requests.get(f"{GATEWAY}/a2a/tasks/status/{task}", headers=authorization, timeout=30).json()
    if status["state"] in {"done", "error"}:
        break
    time.sleep(0.5)
print(status["state"], status["result"])
