"""What the OpenAI SDK and the Ollama client make of streams that a quota cuts off, as one JSON object.

Each stream has a caller of its own: TOKENS is a list of their tokens.
"""

import json
import os

import ollama
import openai

gateway, native = os.environ["GATEWAY"], os.environ["NATIVE"]
tokens, natives = (iter(json.loads(os.environ[name])) for name in ("TOKENS", "NATIVE_TOKENS"))
messages = [{"role": "user", "content": "Count to a thousand"}]
endless = {"ignore_eos": True}


def sdk():
    return openai.OpenAI(base_url=gateway + "/v1", api_key=next(tokens), max_retries=0, timeout=120)


def chunks_of(stream):
    return [chunk.model_dump() for chunk in stream]


def chat(**more):
    return chunks_of(sdk().chat.completions.create(
        model="smollm2", messages=messages, temperature=0, stream=True, extra_body=endless, **more))


def gathered():
    """The SDK's own way to put a stream together, which tells of every length that was reached by an error."""
    with sdk().chat.completions.stream(model="smollm2", messages=messages, temperature=0, extra_body=endless) as stream:
        for _ in stream:
            pass
        try:
            return stream.get_final_completion().model_dump()
        except openai.LengthFinishReasonError as error:
            return error.completion.model_dump()


def completion():
    return chunks_of(sdk().completions.create(
        model="smollm2", prompt="One, two, three", temperature=0, stream=True, extra_body=endless))


def refused_after():
    client = sdk()
    for _ in client.chat.completions.create(model="smollm2", messages=messages, stream=True, extra_body=endless):
        pass
    try:
        client.chat.completions.create(model="smollm2", messages=messages)
    except openai.RateLimitError as error:
        return {"status": error.status_code, "says": str(error), "after": error.response.headers["retry-after"]}
    return None


def client():
    return ollama.Client(host=native, headers={"Authorization": f"Bearer {next(natives)}"})


def lines_of(stream):
    return [line.model_dump() for line in stream]


print(json.dumps({
    "chat": chat(),
    "chat_with_usage": chat(stream_options={"include_usage": True}),
    "gathered": gathered(),
    "completion": completion(),
    "refused": refused_after(),
    "native_chat": lines_of(client().chat(model="scripted", messages=messages, stream=True)),
    "native_generate": lines_of(client().generate(model="scripted", prompt="Count", stream=True)),
}))
