"""Tiny random EAGLE heads in the layouts in which they are published, with what they compute.

    python eagle.py ../resources/oracle

Each directory under eagle/ holds a head's config.json and weights, and expected.json, for one of the
models under families/. The computation is that of EAGLE-1 and EAGLE-2, written in NumPy (float64)
from the papers (arXiv:2401.15077, 2406.16858) and the layout of the published files, on top of
reference.py: token i+1's embedding and token i's feature, joined in this order by fc, pass one
decoder layer at position i. A feature is what the model's final norm puts out, so that the model's
LM head takes what the layer puts out as it is. others.bin has tensors that are no weights.
"""

import json
import pathlib
import shutil
import struct
import sys

import numpy as np
import torch

import reference

PROMPT = 12
WIDTH, VOCABULARY = 32, 100
CONFIG = dict(
    architectures=["LlamaForCausalLM"],
    model_type="llama",
    hidden_size=WIDTH,
    intermediate_size=40,
    num_hidden_layers=1,
    num_attention_heads=4,
    num_key_value_heads=4,
    vocab_size=VOCABULARY,
    max_position_embeddings=512,
    hidden_act="silu",
    rms_norm_eps=1e-5,
    bos_token_id=1,
    eos_token_id=2,
)
# Of each head: the model's family, its config, the type and form of its file, and what it has.
HEADS = {
    # As EAGLE-1 publishes heads for Vicuna and Llama 2: fc with a bias, the model's embedding.
    "llama": dict(
        base="llama-tied", config=CONFIG, type=torch.float16, form="module", bias=True, copy=True
    ),
    # As for Llama 3.1: no bias, grouped queries, scaled rotary embedding.
    "llama3": dict(
        base="llama-rope-scaled",
        config=dict(
            CONFIG,
            num_key_value_heads=2,
            rope_theta=500.0,
            rope_scaling=dict(
                rope_type="llama3",
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=64,
            ),
            bias=False,
        ),
        type=torch.bfloat16,
        form="parameters",
    ),
    "qwen2": dict(
        base="qwen2",
        config=dict(
            CONFIG,
            model_type="qwen2",
            num_key_value_heads=2,
            rope_theta=1000000.0,
            rms_norm_eps=1e-6,
            qkv_bias=True,
            sliding_window=8,
            use_sliding_window=False,
            max_window_layers=1,
        ),
        type=torch.float32,
        form="safetensors",
        qkv_bias=True,
    ),
    "mistral": dict(
        base="llama-untied-sharded",
        config=dict(
            CONFIG, model_type="mistral", num_key_value_heads=1, sliding_window=4, head_dim=8
        ),
        type=torch.float32,
        form="views",
    ),
    # With a norm before attention, and the names that a model's layer has.
    "normed": dict(
        base="llama-bf16",
        config=dict(CONFIG, num_key_value_heads=2),
        type=torch.bfloat16,
        form="safetensors",
        norm=True,
        prefix="model.",
        bias=True,
    ),
}


def read_safetensors(folder):
    """All tensors of a model's files, in float64."""
    tensors = {}
    for file in folder.glob("*.safetensors"):
        data = file.read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        for name, entry in json.loads(data[8 : 8 + length]).items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                raw = data[8 + length + begin : 8 + length + end]
                if entry["dtype"] == "BF16":
                    halves = np.frombuffer(raw, "<u2").astype(np.uint32) << 16
                    values = halves.view(np.float32)
                else:
                    values = np.frombuffer(raw, "<f4")
                tensors[name] = values.reshape(entry["shape"]).astype(np.float64)
    return tensors


def write_safetensors(file, tensors):
    names = {torch.float32: "F32", torch.bfloat16: "BF16"}
    header, blobs, end = {}, [], 0
    for name, tensor in tensors.items():
        bits = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
        blobs.append(bits.numpy().tobytes())
        begin, end = end, end + len(blobs[-1])
        header[name] = dict(
            dtype=names[tensor.dtype], shape=list(tensor.shape), data_offsets=[begin, end]
        )
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def weights(head, embedding, random):
    """The head's tensors by the names that its file has, rounded to the type of the file."""
    config = head["config"]
    inner = config["intermediate_size"]
    keys = WIDTH // config["num_attention_heads"] * config["num_key_value_heads"]
    shapes = {
        "fc.weight": (WIDTH, 2 * WIDTH),
        "layers.0.self_attn.q_proj.weight": (WIDTH, WIDTH),
        "layers.0.self_attn.k_proj.weight": (keys, WIDTH),
        "layers.0.self_attn.v_proj.weight": (keys, WIDTH),
        "layers.0.self_attn.o_proj.weight": (WIDTH, WIDTH),
        "layers.0.mlp.gate_proj.weight": (inner, WIDTH),
        "layers.0.mlp.up_proj.weight": (inner, WIDTH),
        "layers.0.mlp.down_proj.weight": (WIDTH, inner),
        "layers.0.post_attention_layernorm.weight": (WIDTH,),
    }
    if head.get("bias"):
        shapes["fc.bias"] = (WIDTH,)
    if head.get("norm"):
        shapes["layers.0.input_layernorm.weight"] = (WIDTH,)
    if head.get("qkv_bias"):
        for name, size in dict(q=WIDTH, k=keys, v=keys).items():
            shapes[f"layers.0.self_attn.{name}_proj.bias"] = (size,)
    tensors = {}
    for name, shape in shapes.items():
        noise = torch.tensor(random.normal(0, 0.25, shape), dtype=torch.float32)
        tensors[name] = (1 + noise if "norm" in name else noise).to(head["type"])
    if head.get("copy"):
        tensors["embed_tokens.weight"] = torch.tensor(embedding).to(head["type"])
    return tensors


class Module(torch.nn.Module):
    """Modules in modules, so that the state dict has the metadata that published ones have."""

    def __init__(self, tensors):
        super().__init__()
        parts = {}
        for name, tensor in tensors.items():
            first, _, rest = name.partition(".")
            if rest:
                parts.setdefault(first, {})[rest] = tensor
            else:
                self.register_parameter(first, torch.nn.Parameter(tensor, requires_grad=False))
        for name, part in parts.items():
            self.add_module(name, Module(part))


def save(folder, head, tensors):
    file = folder / "pytorch_model.bin"
    if head["form"] == "safetensors":
        prefix = head.get("prefix", "")
        write_safetensors(
            folder / "model.safetensors", {prefix + name: value for name, value in tensors.items()}
        )
    elif head["form"] == "module":
        torch.save(Module(tensors).state_dict(), file)
    elif head["form"] == "parameters":
        torch.save({name: torch.nn.Parameter(value) for name, value in tensors.items()}, file)
    else:  # views: keys and values are parts of one tensor
        names = [f"layers.0.self_attn.{part}_proj.weight" for part in "kv"]
        both = torch.cat([tensors[name] for name in names])
        parts = torch.chunk(both, 2)
        torch.save(dict(tensors, **dict(zip(names, parts))), file)


def shape_of(config, frequencies):
    heads = config["num_attention_heads"]
    return reference.Shape(
        heads,
        config["num_key_value_heads"],
        config.get("head_dim") or WIDTH // heads,
        config["rms_norm_eps"],
        frequencies,
    )


def frequencies(config):
    full = dict(dict(rope_theta=10000.0), **config)
    return reference.frequencies(full, config.get("head_dim") or WIDTH // 4)


def run_model(config, state, ids):
    """The last layer's output and the feature of each token, [T,H] each."""
    shape = shape_of(config, frequencies(config))
    x = state["model.embed_tokens.weight"][ids]
    for index in range(config["num_hidden_layers"]):
        x = reference.layer(x, lambda name: state.get(f"model.layers.{index}.{name}"), shape)
    return x, reference.rms_norm(x, state["model.norm.weight"], config["rms_norm_eps"])


def run_head(config, tensors, embedding, tokens, features):
    """What the head puts out for pairs of a token and the feature before it, [T,H]."""
    shape = shape_of(config, frequencies(config))
    x = np.concatenate([embedding[tokens], features], axis=1) @ tensors["fc.weight"].T
    x = x + tensors.get("fc.bias", 0)
    return reference.layer(x, lambda name: tensors.get("layers.0." + name), shape)


def rows(matrix):
    return [[float(f"{value:.9g}") for value in row] for row in matrix]


def expected(base, state, config, tensors, seed):
    embedding = state["model.embed_tokens.weight"]
    lm_head = state.get("lm_head.weight", embedding)
    ids = np.random.default_rng(seed).integers(3, VOCABULARY, PROMPT).tolist()
    upper, features = run_model(base, state, ids)
    root = int(np.argmax(features[-1] @ lm_head.T))
    pairs = ids[1:] + [root]

    def branch(tokens):
        """What the head puts out along a branch below the root: for the root, and for each token."""
        known, out = features, None
        for end in range(len(tokens) + 1):
            out = run_head(config, tensors, embedding, pairs + tokens[:end], known)
            known = np.concatenate([features, out[len(ids) - 1 :]])
        return out[len(ids) - 1 :]

    first = branch([])[0] @ lm_head.T
    best, second = (int(token) for token in np.argsort(-first)[:2])
    below = int(np.argmax(branch([best])[1] @ lm_head.T))
    outputs = [branch([best])[1], branch([second])[1], branch([best, below])[2]]
    return {
        "ids": ids,
        "root": root,
        "upper": rows(upper),
        "features": rows(features),
        "hidden": rows(run_head(config, tensors, embedding, pairs, features)),
        "logits": rows([first])[0],
        "nodes": [
            {"token": token, "parent": parent, "hidden": rows([out])[0], "logits": rows([out @ lm_head.T])[0]}
            for token, parent, out in zip([best, second, below], [-1, -1, 0], outputs)
        ],
    }


def main(target):
    for seed, (name, head) in enumerate(HEADS.items(), start=20261129):
        folder = target / "eagle" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        base = json.loads((target / "families" / head["base"] / "config.json").read_text())
        state = read_safetensors(target / "families" / head["base"])
        tensors = weights(
            head, state["model.embed_tokens.weight"], np.random.default_rng(seed)
        )
        (folder / "config.json").write_text(json.dumps(head["config"], indent=1) + "\n")
        save(folder, head, tensors)
        exact = {key: value.double().numpy() for key, value in tensors.items()}
        result = expected(base, state, head["config"], exact, seed + 1000)
        made = f"NumPy {np.__version__}, float64; torch {torch.__version__} wrote the files"
        (folder / "expected.json").write_text(
            json.dumps(dict(made_by=made, seed=seed, base=head["base"], **result)) + "\n"
        )
        print(f"{name}: root {result['root']}, then {[n['token'] for n in result['nodes']]}")
    whole = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    torch.save(
        {
            "rows": whole,
            "part": whole[1:],
            "columns": whole.t(),
            "doubles": whole.double(),
            "numbers": torch.arange(3),
            "mask": torch.tensor([True, False]),
            "scalar": torch.tensor(1.0),
            "empty": torch.zeros(0, 4),
        },
        target / "eagle" / "others.bin",
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(pathlib.Path(sys.argv[1]))
