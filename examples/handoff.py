# Hands a request to the planner, which hands it to the coder, and waits for the answer.
# pip install requests; ATTACH_TOKEN=$(attach-gateway token) python handoff.py
import os
import sys
import uuid

import requests

GATEWAY = os.environ.get("ATTACH_URL", "http://127.0.0.1:8080").rstrip("/")
http = requests.Session()
http.headers["Authorization"] = f"Bearer {os.environ['ATTACH_TOKEN']}"

request = {"messages": [{"role": "user", "content": "Write Python to sort a list"}]}
if model := os.environ.get("MODEL"):
    request["model"] = model
sent = http.post(
    f"{GATEWAY}/a2a/tasks/send",
    json={"target": "planner", "input": request},
    headers={"Idempotency-Key": str(uuid.uuid4())},
    timeout=30,
)
sent.raise_for_status()

task = sent.json()
while task["state"] not in ("done", "error"):
    # The gateway answers as soon as the task has ended, or after 20 seconds.
    answer = http.get(f"{GATEWAY}/a2a/tasks/status/{task['task_id']}?wait=20", timeout=60)
    answer.raise_for_status()
    task = answer.json()

if task["state"] == "error":
    sys.exit(f"The task failed: {task.get('detail') or task['result']}")
print(task["result"]["choices"][0]["message"]["content"])
