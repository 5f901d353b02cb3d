"""llama.cpp's HTTP server out of PyPI's xllamacpp: MODEL-FILE NAME PORT CONTEXT."""

import signal
import sys

import xllamacpp

path, name, port, context = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = path
params.model_alias = {name}
params.hostnames = ["127.0.0.1"]
params.port = int(port)
params.n_ctx = int(context)
params.n_parallel = 1
params.n_predict = 256  # where a request does not say: a small model does not always come to an end
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # two spin on each other
params.cache_prompt = False  # with one seed and nothing kept, the same request gets the same answer
params.sampling.seed = 1
server = xllamacpp.Server(params)
print("listening on", server.listening_address, flush=True)
signal.pause()
