# Asks an agent over A2A: its card, then a streamed message, printed event by event.
# pip install requests; ATTACH_TOKEN=$(attach-gateway token) python a2a_client.py [agent]
import json
import os
import sys
import uuid

import requests

GATEWAY = os.environ.get("ATTACH_URL", "http://127.0.0.1:8080")
agent = sys.argv[1] if len(sys.argv) > 1 else "planner"
http = requests.Session()
http.headers.update({"Authorization": f"Bearer {os.environ['ATTACH_TOKEN']}", "A2A-Version": "1.0"})



def words(parts):
    return "".join(part["text"] if "text" in part else json.dumps(part.get("data", "")) for part in parts)


card = http.get(f"{GATEWAY}/agents/{agent}/.well-known/agent-card.json", timeout=30)
card.raise_for_status()
places = card.json()["supportedInterfaces"]
url = next(place["url"] for place in places if place["protocolBinding"] == "JSONRPC")

part = {"text": "Write Python to sort a list"}
if model := os.environ.get("MODEL"):
    part = {"data": {"model": model, "messages": [{"role": "user", "content": part["text"]}]}}
message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [part]}
call = {"jsonrpc": "2.0", "id": 1, "method": "SendStreamingMessage", "params": {"message": message}}

with http.post(url, json=call, stream=True, timeout=300) as answer:
    answer.raise_for_status()
    if not answer.headers["Content-Type"].startswith("text/event-stream"):
        sys.exit(f"Refused: {answer.json()['error']['message']}")
    state = None
    for line in answer.iter_lines():
        if not line.startswith(b"data:"):
            continue
        event = json.loads(line[5:])
        if error := event.get("error"):
            sys.exit(f"The stream broke: {error['message']}")
        for kind, body in event["result"].items():
            if kind == "artifactUpdate":
                print(words(body["artifact"]["parts"]), end="\n" if body.get("lastChunk") else "", flush=True)
            elif kind == "message":
                print(words(body["parts"]))
            else:
                state = body["status"]["state"]
                said = body["status"].get("message", {}).get("parts", [])
                print(f"[{state}]", words(said), file=sys.stderr)

if state not in (None, "TASK_STATE_COMPLETED"):
    sys.exit("The task was not completed.")
