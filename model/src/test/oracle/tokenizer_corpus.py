"""Texts that are hard to tokenize, with the sample model's token ids from two other tokenizers.

    python tokenizer_corpus.py SmolLM2-135M-Instruct.Q4_1.gguf ../resources/oracle/tokenizer-corpus.json

The references are llama.cpp (vocabulary only, special tokens parsed, no token added) and
transformers' conversion of the same GGUF file. A text goes into the fixture only where both agree;
the others are printed and kept apart in it, with both answers. (Those seen: numerals other than
digits after a space, which transformers' conversion does not split off one by one.)
"""

import hashlib
import json
import pathlib
import sys
import warnings

import llama_cpp
import transformers

TEXTS = {
    "code": [
        "public static void main(String[] args) {\n\treturn;\n}\n",
        "def f(x, *args, **kw):\n    return [i**2 for i in range(x) if i % 3 == 0]\n",
        "for (int i = 0; i < n; i++) { a[i] += b[i] * 0x1F; }",
        "SELECT name, COUNT(*) FROM users WHERE age >= 21 GROUP BY name;",
        "#include <stdio.h>\r\nint main() { printf(\"%d\\n\", 42); }\r\n",
        "const f = async () => { await fetch(`/api/${id}?q=1&r=2`); };",
        "{\"a\": [1, 2.5e-3, null, true], \"b\": {\"c\": \"\\u00e9\"}}",
        "<div class=\"x\"><!-- comment --><br/></div>",
        "if [[ -f \"$HOME/.bashrc\" ]]; then echo ok; fi 2>&1 | tee log.txt",
        "fn main() -> Result<(), Box<dyn Error>> { Ok(()) }",
        "snake_case camelCase PascalCase SCREAMING_CASE kebab-case dot.case",
        "a->b::c<<=d>>>e&&f||!g?h:i;//j/*k*/",
        "        deeply\n            indented\n                lines\n",
        "\\frac{1}{2} + \\sum_{i=0}^{n} x_i^2 = \\alpha",
        "```python\nprint('hi')\n```",
    ],
    "digits": [
        "0", "42", "1234567890", "3.14159265358979", "1,000,000.00", "007", "x1y2z3", "2026-11-24",
        "12:34:56", " 12 345", "99 bottles", "-17", "1e10", "0xDEADBEEF", "192.168.0.1",
        "123456789012345678901234567890123456789012345678901234567890",
        "١٢٣", "१२३", "１２３", "½ ¾ ²³", "Ⅷ ⅸ", "①②③", "v1.2.3-rc4+build5", "50%", "$9.99", "1st 2nd 3rd",
    ],
    "emoji": [
        "😀", "hello 👋 world", "👨‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈", "🇩🇪🇫🇷", "❤️", "☕", "😀😀😀", " 😀 ", "👩🏾‍💻 codes", "1️⃣2️⃣",
    ],
    "combining": [
        "é", "é", "ñandú", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤", "ạ̈", "क्षि", "한", "ﬁ ﬂ", "ﷺ",
    ],
    "scripts": [
        "你好，世界！", "日本語のテキスト", "カタカナ ひらがな 漢字", "안녕하세요 세계", "мир и война",
        "Γειά σου Κόσμε", "مرحبا بالعالم", "الْعَرَبِيَّة", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก",
        "Xin chào thế giới", "Čeština žluťoučký kůň", "İstanbul ışık", "Straße GROẞ", "ქართული", "አማርኛ",
        "mixed 中文 and English 和 العربية text", "«guillemets» „quotes“ “curly” ‘single’", "…—–-‐‑",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛", "\U00010348\U0001F600\U0002070E",
    ],
    "special": [
        "<|im_start|>", "<|im_end|>", "<|endoftext|>",
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
        "<|im_end|>\n",
        "text<|im_end|>text", "text <|im_end|> text", "<|im_start|><|im_start|>", "<|im_start", "|im_end|>",
        "<|im_start |>", "<|IM_START|>", "<|im_start|>5<|im_end|>7", "<|endoftext|><|im_end|>\n\n",
        "<repo_name>a/b<file_sep>c.py", "<jupyter_code>x = 1<jupyter_output>", "<issue_start>bug<issue_closed>",
        "<empty_output>", "<s></s><unk><pad>", "<filename>a.txt<gh_stars>10",
    ],
    "spaces": [
        "", " ", "  ", "   ", " leading", "  two leading", "trailing ", "trailing  ", "a  b", "a   b    c",
        "\t", "\t\t", "\tindented", "a\tb", " \t mixed \t ", "\n", "\n\n", "\n\n\n", "a\nb", "a\n\nb",
        "a \n b", "a\n  b", "line\r\nline\r\n", "\r", "a\rb", "\n ", " \n", "end\n\n  ", "\u00a0", "a\u00a0b",
        "\u2003em\u2003space", "\u3000全角\u3000", "\u2028line\u2029para", "thin\u2009space\u202fnarrow",
        "\u200bzero\u200bwidth", "\ufeffbom", "\u1680ogham", "\u0085next\u0085line", "\u180emongol", " " * 40 + "x",
    ],
    "control": [
        "\u0000", "a\u0000b", "\u0001\u0002\u0003", "\u001b[31mred\u001b[0m", "\u007f", "\u009f", "\u000b\u000c",
        "bell\u0007", "\u202eright\u202c", "\ufffd", "\ufffe\uffff", "\ue000private", "\U000e0001tag", "\U0010ffff",
    ],
    "contractions": [
        "I'm you're he's we'll they've I'd don't", "I'M YOU'RE HE'S WE'LL", "it’s don’t", "'tis 'twas", "rock'n'roll",
        "'s", "''s", "x'sy", "o'clock's", "can't've",
    ],
    "urls": [
        "https://example.org/path/to?x=1&y=%20#frag", "user.name+tag@example.co.uk", "C:\\Windows\\System32\\a.dll",
        "ftp://[2001:db8::1]:21/", "/usr/local/bin", "#hashtag @mention", "a@b", "data:text/plain;base64,SGVsbG8=",
    ],
    "long": [
        "a" * 300, "pneumonoultramicroscopicsilicovolcanoconiosis" * 4, "ab" * 150, "=" * 100, "-" * 77, "!?" * 40,
        "😀" * 30, "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 5, "字" * 60, "a b " * 40, "\n" * 25, "A1" * 30,
    ],
    "prose": [
        "The quick brown fox jumps over the lazy dog.", "Hello, world!", "Hello,world!", "hello", " hello", "HELLO",
        "What?! No... (really) [yes] {maybe} <never>", "e.g. i.e. etc. U.S.A. Ph.D.", "semi;colon:dash-comma,", "\"quoted\" 'single'",
        "It was 5 o'clock; the train, 20 minutes late, had 3 cars.", "ALL CAPS AND lower AND Title", "naïve café résumé",
    ],
}  # fmt: skip


def main(gguf, target):
    warnings.simplefilter("ignore")
    llama = llama_cpp.Llama(gguf, vocab_only=True, verbose=False)
    converted = transformers.AutoTokenizer.from_pretrained(
        pathlib.Path(gguf).parent, gguf_file=pathlib.Path(gguf).name
    )
    agreed, disputed = [], []
    for category, texts in TEXTS.items():
        for text in texts:
            first = llama.tokenize(text.encode(), add_bos=False, special=True)
            second = converted.encode(text, add_special_tokens=False)
            if first == second:
                agreed.append({"category": category, "text": text, "ids": first})
            else:
                disputed.append(
                    {"category": category, "text": text, "llama.cpp": first, "transformers": second}
                )
    fixture = {
        "made_by": f"llama.cpp (llama-cpp-python {llama_cpp.__version__}) and transformers"
        f" {transformers.__version__}, where they agree",
        "gguf_sha256": hashlib.sha256(pathlib.Path(gguf).read_bytes()).hexdigest(),
        "texts": agreed,
        "disputed": disputed,
    }
    lines = json.dumps(fixture, ensure_ascii=True).replace('{"category"', '\n{"category"')
    pathlib.Path(target).write_text(lines + "\n")
    print(f"{len(agreed)} texts agreed")
    for entry in disputed:
        print(json.dumps(entry))


if __name__ == "__main__":
    main(*sys.argv[1:])
