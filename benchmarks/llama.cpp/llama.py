"""What compare.py lets llama.cpp do; runs in the environment that it builds.

    llama.py tokenize MODEL COUNT            ids of about so many tokens of text, as JSON
    llama.py convert MODEL OUT F32|Q8_0      the model with its matrices in another type
    llama.py measure MODEL THREADS IDS N     [prompt tokens/s, tokens/s after it], as JSON
    llama.py chat MODEL QUESTIONS            ids of a JSON list of questions in the model's template
    llama.py rpc PORT THREADS                computes layers for others (rpc-server), until stopped
    llama.py answer MODEL PORT LAYERS THREADS DRAFTS IDS N
                                             [tokens, seconds] of each answer, with LAYERS layers
                                             behind PORT and DRAFTS draft tokens of prompt lookup
"""

import ctypes
import json
import pathlib
import sys
import time

import llama_cpp
import numpy
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

TYPES = {"F32": llama_cpp.LLAMA_FTYPE_ALL_F32, "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0}
BATCH = 512
WARM_UP = 8
NGRAM = 3
CONTEXT = 2048


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
    model, context = opened(file, len(ids) + count + 64, int(threads), 0)
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


def opened(file, length, threads, layers):
    """A model, as many of whose last layers as said are computed elsewhere, and a context."""
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = layers
    model = llama_cpp.llama_model_load_from_file(file.encode(), parameters)
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = length
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_threads = parameters.n_threads_batch = threads
    context = llama_cpp.llama_init_from_model(model, parameters) if model else None
    if not context:
        sys.exit(f"llama.cpp cannot load {file}")
    return model, context


def chat(model, questions):
    llama = llama_cpp.Llama(model, vocab_only=True, verbose=False)
    special = [llama.detokenize([id], special=True).decode() for id in (llama.token_eos(), llama.token_bos())]
    template = Jinja2ChatFormatter(llama.metadata["tokenizer.chat_template"], *special)
    texts = [
        template(messages=[{"role": "user", "content": question}]).prompt for question in json.loads(questions)
    ]
    print(json.dumps([llama.tokenize(text.encode(), add_bos=False, special=True) for text in texts]))


def library(name):
    """One of the libraries that llama_cpp itself has loaded: a copy would know no devices."""
    return ctypes.CDLL(str(pathlib.Path(llama_cpp.__file__).parent / "lib" / f"lib{name}.so.0"))


def rpc(port, threads):
    base = library("ggml")
    base.ggml_backend_dev_by_type.restype = ctypes.c_void_p
    devices = (ctypes.c_void_p * 1)(base.ggml_backend_dev_by_type(0))  # 0: the CPU
    library("ggml-rpc").ggml_backend_rpc_start_server(
        f"127.0.0.1:{port}".encode(), None, ctypes.c_size_t(int(threads)), ctypes.c_size_t(1), devices
    )


def answer(file, port, layers, threads, drafts, ids_file, count):
    remote = library("ggml-rpc")
    remote.ggml_backend_rpc_add_server.restype = ctypes.c_void_p
    server = remote.ggml_backend_rpc_add_server(f"127.0.0.1:{port}".encode())
    if not server:
        sys.exit("llama.cpp's rpc server does not answer")
    library("ggml").ggml_backend_register(ctypes.c_void_p(server))
    prompts = json.loads(pathlib.Path(ids_file).read_text())
    model, context = opened(file, CONTEXT, int(threads), int(layers))
    speculate(model, context, prompts[0], int(drafts), WARM_UP)
    print(json.dumps([speculate(model, context, ids, int(drafts), int(count)) for ids in prompts]))


def speculate(model, context, prompt, drafts, count):
    """Tokens and seconds of a greedy answer with prompt lookup (no drafts: one token at a time)."""
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    size = llama_cpp.llama_vocab_n_tokens(vocabulary)
    memory = llama_cpp.llama_get_memory(context)
    llama_cpp.llama_memory_clear(memory, True)
    start = time.monotonic()
    decode(context, prompt)
    text, first = list(prompt), len(prompt)
    text.append(best(context, size))
    while len(text) - first < count and not llama_cpp.llama_vocab_is_eog(vocabulary, text[-1]):
        guesses = lookup(text, min(drafts, count - (len(text) - first) - 1))
        at = len(text)
        verify(context, [text[-1], *guesses], at - 1)
        for place in range(len(guesses) + 1):
            text.append(best(context, size, place))
            ended = llama_cpp.llama_vocab_is_eog(vocabulary, text[-1])
            if ended or place == len(guesses) or text[-1] != guesses[place]:
                break
        llama_cpp.llama_memory_seq_rm(memory, 0, len(text) - 1, -1)
    return len(text) - first, time.monotonic() - start


def lookup(text, drafts):
    """What followed the last tokens where they stood before, as llama.cpp's ngram-simple guesses."""
    for at in range(len(text) - NGRAM - 1, -1, -1):
        if text[at : at + NGRAM] == text[-NGRAM:]:
            return text[at + NGRAM : at + NGRAM + drafts]
    return []


def verify(context, ids, position):
    """A step with the logits of each of its tokens."""
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for place, token in enumerate(ids):
        batch.token[place] = token
        batch.pos[place] = position + place
        batch.n_seq_id[place] = 1
        batch.seq_id[place][0] = 0
        batch.logits[place] = 1
    if llama_cpp.llama_decode(context, batch) != 0:
        sys.exit("llama.cpp cannot compute a step")
    llama_cpp.llama_batch_free(batch)


def decode(context, ids):
    for at in range(0, len(ids), BATCH):
        piece = ids[at : at + BATCH]
        tokens = (llama_cpp.llama_token * len(piece))(*piece)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, len(piece))) != 0:
            sys.exit("llama.cpp cannot compute a step")


def best(context, vocabulary, place=-1):
    """The greedy choice after a token of the last step."""
    logits = llama_cpp.llama_get_logits_ith(context, place)
    return int(numpy.ctypeslib.as_array(logits, (vocabulary,)).argmax())


if __name__ == "__main__":
    commands = (tokenize, convert, measure, chat, rpc, answer)
    {command.__name__: command for command in commands}[sys.argv[1]](*sys.argv[2:])
