"""Makes two small tokenizers and what Hugging Face's library says of some texts.

Writes what TokenizerTest reads. Needs tokenizers (0.23.3 was used):
    python model/src/test/oracle/tokenizers_fixture.py

byte-level.json: as GPT-2, Llama 3 and Qwen have it. byte-fallback.json: as Llama 2 and Gemma. Both
say that text is truncated and padded, which must not happen here.
"""

import json
import pathlib

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

TEXT = pathlib.Path(__file__).parent.parent / "resources/dev/bookend/model/tokenizer"
CORPUS = [
    "The quick brown fox jumps over the lazy dog. The dog sleeps, the fox runs on and on.",
    "Größe, naïve, café, 日本語のテキスト, 中文字符, привет мир, שלום, 🎉🎉 👍🏽 👩‍👩‍👧",
    "def add(a, b):\n    return a + b\n\n\nprint(add(1, 22))\t# 333\n",
] * 3
TEXTS = [
    "Hello world",
    "  two  spaces ",
    "<s>with</s> special <extra> tokens",
    "日本語 and 🎉 and é and ẽ (combining) ﷽",
    "\n\n\ttabs\r\nand lines\u0000nul",
    "long " * 20,
    "",
]
SPECIAL = ["<s>", "</s>"]


def finish(tokenizer, name):
    tokenizer.add_tokens([AddedToken("<extra>", special=False, normalized=False)])
    tokenizer.post_processor = processors.Sequence(
        [
            tokenizer.post_processor or processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
            ),
        ]
    )
    expected = [
        {
            "text": text,
            "ids": tokenizer.encode(text, add_special_tokens=False).ids,
            "prompt_ids": tokenizer.encode(text).ids,
            "decoded": tokenizer.decode(tokenizer.encode(text).ids),
        }
        for text in TEXTS
    ]
    tokenizer.enable_truncation(max_length=5)
    tokenizer.enable_padding(length=12)
    tokenizer.save(str(TEXT / f"{name}.json"), pretty=False)
    fixture = json.dumps(expected, indent=1, ensure_ascii=True)
    (TEXT / f"{name}-expected.json").write_text(fixture + "\n")


def byte_level():
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    finish(tokenizer, "byte-level")


def byte_fallback():
    tokenizer = Tokenizer(BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = BpeTrainer(
        vocab_size=340,
        special_tokens=["<unk>"] + SPECIAL + byte_tokens,
        limit_alphabet=40,
        show_progress=False,
    )
    # Without the spaces replaced, words would merge over their ends.
    words = [word for line in CORPUS for word in line.split(" ")]
    tokenizer.train_from_iterator(words, trainer)
    plain = json.loads(tokenizer.to_str())
    # The trainer makes the byte tokens special; in real tokenizers they are not.
    plain["added_tokens"] = [t for t in plain["added_tokens"] if t["content"] not in byte_tokens]
    finish(Tokenizer.from_str(json.dumps(plain)), "byte-fallback")


if __name__ == "__main__":
    byte_level()
    byte_fallback()
