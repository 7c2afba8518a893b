"""What compare.py lets llama.cpp do; runs in the environment that it builds.

    llama.py tokenize MODEL COUNT            ids of about so many tokens of text, as JSON
    llama.py convert MODEL OUT F32|Q8_0      the model with its matrices in another type
    llama.py measure MODEL THREADS IDS N     [prompt tokens/s, tokens/s after it], as JSON
"""

import json
import pathlib
import sys
import time

import llama_cpp
import numpy

TYPES = {"F32": llama_cpp.LLAMA_FTYPE_ALL_F32, "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0}
BATCH = 512
WARM_UP = 8


def tokenize(model, count):
    root = pathlib.Path(__file__).resolve().parents[2]
    text = (root / "docs" / "architecture.md").read_bytes() + (root / "docs" / "protocol.md").read_bytes()
    vocabulary = llama_cpp.Llama(model, vocab_only=True, verbose=False)
    print(json.dumps(vocabulary.tokenize(text, add_bos=False)[: int(count)]))


def convert(model, out, kind):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = TYPES[kind]
    parameters.allow_requantize = True
    if llama_cpp.llama_model_quantize(model.encode(), out.encode(), parameters) != 0:
        sys.exit(f"llama.cpp cannot write {model} as {kind}")


def measure(file, threads, ids_file, count):
    ids, count = json.loads(pathlib.Path(ids_file).read_text()), int(count)
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(
        file.encode(), llama_cpp.llama_model_default_params()
    )
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = len(ids) + count + 64
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_threads = parameters.n_threads_batch = int(threads)
    context = llama_cpp.llama_init_from_model(model, parameters)
    if not model or not context:
        sys.exit(f"llama.cpp cannot load {file}")
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    for warm_up in (ids[:WARM_UP], ids[:1]):
        decode(context, warm_up)
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)

    start = time.monotonic()
    decode(context, ids)
    token = best(context, vocabulary)
    first = time.monotonic()
    for _ in range(count - 1):
        decode(context, [token])
        token = best(context, vocabulary)
    last = time.monotonic()
    print(json.dumps([len(ids) / (first - start), (count - 1) / (last - first)]))


def decode(context, ids):
    for at in range(0, len(ids), BATCH):
        piece = ids[at : at + BATCH]
        tokens = (llama_cpp.llama_token * len(piece))(*piece)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, len(piece))) != 0:
            sys.exit("llama.cpp cannot compute a step")


def best(context, vocabulary):
    """The greedy choice after the last token."""
    logits = llama_cpp.llama_get_logits_ith(context, -1)
    return int(numpy.ctypeslib.as_array(logits, (vocabulary,)).argmax())


if __name__ == "__main__":
    {"tokenize": tokenize, "convert": convert, "measure": measure}[sys.argv[1]](*sys.argv[2:])
