# Sends a task to the workflow ProcessChat and waits for its end.
# pip install requests; ATTACH_TOKEN=$(attach-gateway token) python client.py
import os

import requests

GATEWAY = os.environ.get("ATTACH_URL", "http://127.0.0.1:8080")
HEADERS = {"Authorization": f"Bearer {os.environ['ATTACH_TOKEN']}"}


def main():
    body = {"target_url": "temporal://ProcessChat", "input": {"messages": [{"role": "user", "content": "hello there"}]}}
    task = requests.post(f"{GATEWAY}/a2a/tasks/send", json=body, headers=HEADERS, timeout=30).json()
    while task.get("state", "error") not in ("done", "error"):
        # The gateway answers as soon as the task has ended, or after 20 seconds.
        status = f"{GATEWAY}/a2a/tasks/status/{task['task_id']}?wait=20"
        task = requests.get(status, headers=HEADERS, timeout=60).json()
    print(task["result"] if task.get("state") == "done" else task)


if __name__ == "__main__":
    main()
