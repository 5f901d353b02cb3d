"""What Ollama's own client makes of a chat and of a text that come through the gateway, as one JSON object: MODEL."""

import json
import os
import sys

import ollama

headers = {"Authorization": f"Bearer {os.environ['ATTACH_TOKEN']}"}
client = ollama.Client(host=os.environ["GATEWAY"], headers=headers, timeout=120)
question = "Count from one to five hundred, in words."


def told(parts, text):
    pieces = [part.model_dump() for part in parts]
    last = pieces[-1]
    kept = ("done", "done_reason", "prompt_eval_count", "eval_count")
    return {"pieces": len(pieces), "text": "".join(text(part) for part in pieces), "last": {n: last[n] for n in kept}}


chat = client.chat(model=sys.argv[1], messages=[{"role": "user", "content": question}], stream=True)
found = {"chat": told(chat, lambda part: part["message"]["content"] or "")}
try:
    generated = client.generate(model=sys.argv[1], prompt=question, stream=True)
    found["generate"] = told(generated, lambda part: part["response"] or "")
except ollama.ResponseError as error:
    found["generate"] = {"status": error.status_code, "says": str(error)}
print(json.dumps(found))
