"""Greedy continuations of the sample model, computed by transformers from the GGUF file itself.

    python smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf ../resources/oracle/smollm2.json

transformers dequantises the weights to float32 and undoes GGUF's permutation of q and k. Each
sequence of prompt and answer is then run again, in float64, through reference.py with weights
dequantised by gguf-py and left permuted (interleaved RoPE). The end token does not end an answer:
every one is 100 tokens long.
"""

import hashlib
import json
import pathlib
import sys

import gguf
import llama_cpp
import numpy as np
import torch
import transformers

import reference

STEPS = 100
TOP_EVERY = 10  # steps whose five largest logits are stored
PROMPTS = {
    "code": "/** Returns the greatest common divisor of two positive integers. */\n"
    "static int gcd(int a, int b) {\n",
    "structured": '{"city": "Lisbon", "country": "Portugal", "population": 545000}\n'
    '{"city": "Oslo", "country": "Norway", "population": 709000}\n{"city": "',
    "creative": "The lighthouse keeper had not spoken to anyone for eleven weeks when, one evening,",
    "factual": "Rivers shape the land that they cross in three ways. First,",
    "chat": [{"role": "user", "content": "Why does bread rise in the oven?"}],
    "dialogue": [
        {"role": "system", "content": "Answer in one short sentence."},
        {"role": "user", "content": "Name a tree that keeps its leaves in winter."},
        {"role": "assistant", "content": "The holly keeps its leaves."},
        {"role": "user", "content": "And one that loses them?"},
    ],
}


@torch.no_grad()
def greedy(model, prompt):
    """The 100 tokens after a prompt, with the logits [100,V] that each was chosen by."""
    ids, cache, logits = torch.tensor([prompt]), None, []
    for _ in range(STEPS):
        out = model(ids, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        logits.append(out.logits[0, -1])
        ids = logits[-1].argmax().view(1, 1)
    return [int(row.argmax()) for row in logits], torch.stack(logits).numpy()


class GgufReference:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.weights = {t.name: t for t in reader.tensors}

        def field(name):
            return reader.fields[f"llama.{name}"].contents()

        self.layers = field("block_count")
        dimensions = field("rope.dimension_count")
        self.shape = reference.Shape(
            field("attention.head_count"),
            field("attention.head_count_kv"),
            dimensions,
            field("attention.layer_norm_rms_epsilon"),
            field("rope.freq_base") ** (-np.arange(0, dimensions, 2) / dimensions),
            interleaved=True,
        )

    NAMES = {
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    }

    def weight(self, name):
        tensor = self.weights[name]
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)

    def layer_weight(self, index, name):
        part, _, kind = name.rpartition(".")
        if kind != "weight" or part not in self.NAMES:
            return None
        return self.weight(f"blk.{index}.{self.NAMES[part]}.weight")

    def logits(self, sequences):
        """Logits after every token of every sequence; each layer is dequantised once."""
        table = self.weight("token_embd.weight")
        states = [table[ids] for ids in sequences]
        for index in range(self.layers):
            held = {}

            def weight(name):
                if name not in held:
                    held[name] = self.layer_weight(index, name)
                return held[name]

            states = [reference.layer(x, weight, self.shape) for x in states]
        norm = self.weight("output_norm.weight")
        for x in states:
            yield reference.rms_norm(x, norm, self.shape.epsilon) @ table.T


def main(path, target):
    path = pathlib.Path(path)
    source = dict(pretrained_model_name_or_path=path.parent, gguf_file=path.name)
    tokenizer = transformers.AutoTokenizer.from_pretrained(**source)
    model = transformers.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
    vocabulary = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)

    entries, sequences, chosen_by = [], [], []
    for category, text in PROMPTS.items():
        if isinstance(text, list):  # messages, in the model's chat format
            text = tokenizer.apply_chat_template(text, tokenize=False, add_generation_prompt=True)
        prompt = tokenizer.encode(text, add_special_tokens=False)
        assert prompt == vocabulary.tokenize(text.encode(), add_bos=False, special=True), category
        answer, logits = greedy(model, prompt)
        two = np.sort(logits, axis=1)[:, -2:]
        top = {}
        for step in range(0, STEPS, TOP_EVERY):
            best = np.argsort(-logits[step], kind="stable")[:5]
            top[step] = [[int(i), float(f"{logits[step, i]:.8g}")] for i in best]
        entries.append(
            {
                "category": category,
                "text": text,
                "prompt_ids": prompt,
                "ids": answer,
                "margins": [float(f"{high - low:.6g}") for low, high in two.tolist()],
                "top": top,
            }
        )
        sequences.append(prompt + answer[:-1])
        chosen_by.append(logits)

    for entry, logits, exact in zip(entries, chosen_by, GgufReference(path).logits(sequences)):
        exact = exact[-STEPS:]
        worst = float(np.abs(exact - logits).max())
        differing = [i for i, token in enumerate(entry["ids"]) if exact[i].argmax() != token]
        entry["float64_difference"] = float(f"{worst:.3g}")
        entry["float64_other_choices"] = differing
        print(
            f"{entry['category']}: {len(entry['prompt_ids'])} prompt tokens, float64 logits differ"
            f" by up to {worst:.2g}, choices at {differing}; smallest margin"
            f" {min(entry['margins']):.2g}, {sum(m < 1e-3 for m in entry['margins'])} below 1e-3"
        )
        print("   ", repr(tokenizer.decode(entry["ids"]))[:150])
    fixture = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, float32",
        "gguf_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "prompts": entries,
    }
    lines = json.dumps(fixture).replace('{"category"', '\n{"category"')
    pathlib.Path(target).write_text(lines + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(*sys.argv[1:])
