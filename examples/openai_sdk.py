# A chat through the gateway with the OpenAI SDK, whole and streamed.
# pip install openai; ATTACH_TOKEN=$(attach-gateway token) python openai_sdk.py
import os

from openai import OpenAI

GATEWAY = os.environ.get("ATTACH_URL", "http://127.0.0.1:8080").rstrip("/")
client = OpenAI(base_url=f"{GATEWAY}/v1", api_key=os.environ["ATTACH_TOKEN"])
model = os.environ.get("MODEL") or client.models.list().data[0].id
messages = [{"role": "user", "content": "Write Python to sort a list"}]

whole = client.chat.completions.create(model=model, messages=messages)
print(whole.choices[0].message.content)

for chunk in client.chat.completions.create(model=model, messages=messages, stream=True):
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
