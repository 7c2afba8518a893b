"""Tiny random checkpoints of every supported family, with what transformers computes for them.

    python families.py ../resources/oracle/families

Each directory holds config.json, the weights and expected.json. config.json is written in the form
in which models of the family are published (`rope_theta`, `rope_scaling`, Qwen2's `sliding_window`
with `use_sliding_window: false`); the weights are then read back with `from_pretrained`, so that the
expected values come from the files themselves. Every result is checked against reference.py.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import torch
import transformers

import reference

TOKENS = 40
POSITIONS = [0, 1, 7, 8, 9, 20, 38, 39]  # whose logits are stored; around the window of 8
COMMON = dict(
    hidden_size=32,
    intermediate_size=24,
    num_hidden_layers=4,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=100,
    max_position_embeddings=512,
    hidden_act="silu",
    rms_norm_eps=1e-5,
    rope_theta=10000.0,
    bos_token_id=1,
    eos_token_id=2,
    tie_word_embeddings=True,
)
LLAMA = dict(COMMON, model_type="llama", architectures=["LlamaForCausalLM"])
LLAMA3_SCALING = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=64,
)
FAMILIES = {
    "llama-tied": LLAMA,
    "llama-bf16": dict(LLAMA, torch_dtype="bfloat16"),
    "llama-untied-sharded": dict(LLAMA, tie_word_embeddings=False),
    # Wavelengths 6, 30, 140 and 660 positions: one kept, one in between, two stretched.
    "llama-rope-scaled": dict(LLAMA, rope_theta=500.0, rope_scaling=LLAMA3_SCALING),
    "mistral-window": dict(
        COMMON,
        model_type="mistral",
        architectures=["MistralForCausalLM"],
        head_dim=12,
        sliding_window=8,
    ),
    "qwen2": dict(
        COMMON,
        model_type="qwen2",
        architectures=["Qwen2ForCausalLM"],
        rms_norm_eps=1e-6,
        rope_theta=1000000.0,
        sliding_window=8,
        max_window_layers=4,
        use_sliding_window=False,
    ),
    "qwen3": dict(
        COMMON,
        model_type="qwen3",
        architectures=["Qwen3ForCausalLM"],
        rms_norm_eps=1e-6,
        rope_theta=1000000.0,
        head_dim=12,
        attention_bias=False,
        sliding_window=None,
        max_window_layers=4,
        use_sliding_window=False,
    ),
}


def randomise(model, seed):
    """Weights large enough for every part to matter; norms and biases away from 1 and 0."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(1 + 0.2 * noise if "norm" in name else 0.2 * noise)


def write(folder, config, seed):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    model = transformers.AutoModelForCausalLM.from_config(
        transformers.AutoConfig.from_pretrained(folder)
    ).float()
    randomise(model, seed)
    if config.get("torch_dtype") == "bfloat16":
        model = model.bfloat16()
    shard = "60KB" if folder.name.endswith("sharded") else "1GB"
    model.save_pretrained(folder, max_shard_size=shard)
    for weights in folder.glob("*.safetensors"):
        weights.chmod(0o644)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def load(folder, **overrides):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", **overrides
    ).eval()


@torch.no_grad()
def run(model, ids):
    """Logits [T,V] and the hidden states after the embedding and each layer, L+1 times [T,H]."""
    hidden = []
    hooks = [
        part.register_forward_hook(
            lambda _, __, out: hidden.append((out[0] if isinstance(out, tuple) else out).squeeze(0))
        )
        for part in [model.model.embed_tokens, *model.model.layers]
    ]
    logits = model(torch.tensor([ids]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    return logits, hidden


def check(config, model, ids, logits, hidden):
    """The largest difference between transformers and reference.py, in logits and hidden states."""
    state = {name: tensor.double().numpy() for name, tensor in model.state_dict().items()}
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    shape = reference.Shape(
        heads,
        config["num_key_value_heads"],
        head_dim,
        config["rms_norm_eps"],
        reference.frequencies(config, head_dim),
        window=config.get("sliding_window") if config["model_type"] == "mistral" else None,
    )
    x = state["model.embed_tokens.weight"][ids]
    worst = 0.0
    for index in range(config["num_hidden_layers"]):
        x = reference.layer(x, lambda name: state.get(f"model.layers.{index}.{name}"), shape)
        worst = max(worst, np.abs(x - hidden[index + 1].numpy()).max())
    norm = reference.rms_norm(x, state["model.norm.weight"], shape.epsilon)
    worst = max(worst, np.abs(norm @ state["lm_head.weight"].T - logits.numpy()).max())
    assert worst < 3e-5, worst
    return float(worst)


def rows(tensor):
    return [[float(f"{value:.9g}") for value in row] for row in tensor.tolist()]


def main(target):
    for seed, (name, config) in enumerate(FAMILIES.items(), start=20261124):
        folder = target / name
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, config, seed)
        model = load(folder)
        generator = torch.Generator().manual_seed(seed + 1000)
        ids = torch.randint(0, config["vocab_size"], (TOKENS,), generator=generator).tolist()
        logits, hidden = run(model, ids)
        worst = check(config, model, ids, logits, hidden)
        note = ""
        if name == "mistral-window":
            whole, _ = run(load(folder, sliding_window=None), ids)
            gap = (whole - logits).abs().amax(dim=1)
            assert gap[:8].max() < 1e-5 and gap[8:].min() > 1e-3, gap
            note = f"without the window: at least {gap[8:].min():.2g} off from position 8"
        if name == "llama-rope-scaled":
            plain = dict(config, rope_scaling=None)
            unscaled = transformers.AutoModelForCausalLM.from_config(
                type(model.config)(**plain), attn_implementation="eager"
            )
            unscaled.load_state_dict(model.state_dict())
            gap = (run(unscaled.eval(), ids)[0] - logits).abs().amax(dim=1)
            assert gap[1:].min() > 1e-3, gap
            note = f"without scaling: at least {gap[1:].min():.2g} off from position 1"
        print(f"{name}: reference.py differs by {worst:.1e}; {note}")
        expected = {
            "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, float32",
            "seed": seed,
            "ids": ids,
            "positions": POSITIONS,
            "logits": rows(logits[POSITIONS]),
            "last_hidden": rows(torch.stack([state[-1] for state in hidden])),
        }
        (folder / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(pathlib.Path(sys.argv[1]))
