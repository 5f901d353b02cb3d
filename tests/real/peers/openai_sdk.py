"""What the OpenAI SDK makes of the gateway, as one JSON object."""

import json
import os

import openai

base, token = os.environ["GATEWAY"] + "/v1", os.environ["ATTACH_TOKEN"]
client = openai.OpenAI(base_url=base, api_key=token, max_retries=0, timeout=120)
found = {"models": [model.id for model in client.models.list()]}
chat = {
    "model": found["models"][0],
    "messages": [{"role": "user", "content": "Write Python to sort a list"}],
    "max_tokens": 64,
    "temperature": 0,
}

whole = client.chat.completions.create(**chat)
found["whole"] = {"text": whole.choices[0].message.content, "usage": whole.usage.model_dump()}


def streamed(**more):
    pieces, finish, usage = [], None, []
    for chunk in client.chat.completions.create(**chat, stream=True, **more):
        usage += [chunk.usage.model_dump()] if chunk.usage else []
        for choice in chunk.choices:
            pieces += [choice.delta.content] if choice.delta.content else []
            finish = choice.finish_reason or finish
    return {"pieces": pieces, "finish": finish, "usage": usage}


found["plain_stream"] = streamed()
found["counted_stream"] = streamed(stream_options={"include_usage": True})


def refused(ask):
    try:
        ask()
    except openai.APIError as error:
        return {"class": type(error).__name__, "status": getattr(error, "status_code", None), "says": str(error)}
    return None


found["no_route"] = refused(lambda: client.post("/no/such/route", body={}, cast_to=object))
bad = client.with_options(api_key=token[:-8] + "AAAAAAAA")
found["bad_token"] = refused(lambda: bad.chat.completions.create(**chat))
print(json.dumps(found))
