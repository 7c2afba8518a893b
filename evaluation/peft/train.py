"""Trains a LoRA adapter of the layers at the edge with PEFT, for `bookend attack --edge-lora`."""

import argparse
import random

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

WINDOW = 256
MATRICES = [f"{part}_proj" for part in ("q", "k", "v", "o", "gate", "up", "down")]


def windows(tokenizer, files):
    ids = []
    for file in files:
        with open(file, encoding="utf-8") as text:
            ids += tokenizer(text.read())["input_ids"]
    return [torch.tensor([ids[i : i + WINDOW]]) for i in range(0, len(ids) - WINDOW + 1, WINDOW)]


def perplexity(model, texts):
    with torch.no_grad():
        losses = [model(input_ids=text, labels=text).loss for text in texts]
    return torch.stack(losses).mean().exp().item()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", required=True, help="a directory, or a name on the hub")
    arguments.add_argument("--gguf", help="the GGUF file in it, where it has one")
    arguments.add_argument("--split", default="4:4", help="layers below and above (%(default)s)")
    arguments.add_argument("--rank", type=int, default=16)
    arguments.add_argument("--epochs", type=int, default=3)
    arguments.add_argument("--rate", type=float, default=1e-3, help="learning rate (%(default)s)")
    arguments.add_argument(
        "--held-out", required=True, action="append", help="a file to measure with, not to learn"
    )
    arguments.add_argument("--out", required=True, help="directory for the adapter")
    arguments.add_argument("files", nargs="+", help="text to learn")
    options = arguments.parse_args()

    more = {"gguf_file": options.gguf} if options.gguf else {}
    tokenizer = AutoTokenizer.from_pretrained(options.model, **more)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32, **more)
    lower, upper = (int(part) for part in options.split.split(":"))
    layers = model.config.num_hidden_layers
    torch.manual_seed(1)
    model = get_peft_model(
        model,
        LoraConfig(
            r=options.rank,
            lora_alpha=2 * options.rank,
            target_modules=MATRICES,
            layers_to_transform=[*range(lower), *range(layers - upper, layers)],
            layers_pattern="layers",
            task_type="CAUSAL_LM",
        ),
    )
    held_out = windows(tokenizer, options.held_out)
    learned = windows(tokenizer, [f for f in options.files if f not in options.held_out])
    print(f"{len(learned) * WINDOW} tokens to learn, {len(held_out) * WINDOW} held out")
    print(f"perplexity of what is held out: {perplexity(model, held_out):.1f}", flush=True)
    optimizer = torch.optim.AdamW(
        [weight for weight in model.parameters() if weight.requires_grad], lr=options.rate
    )
    order = random.Random(1)
    for _ in range(options.epochs):
        order.shuffle(learned)
        for text in learned:
            model(input_ids=text, labels=text).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        print(f"perplexity of what is held out: {perplexity(model, held_out):.1f}", flush=True)
    model.save_pretrained(options.out)


if __name__ == "__main__":
    main()
