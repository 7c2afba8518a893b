"""Makes sentencepiece.json of SentencePieceTokenizerTest with Google's own library.

Run with Python 3.11 and `pip install sentencepiece==0.2.3`:
    python sentencepiece_fixture.py ../resources/dev/bookend/model/checkpoint/gguf
Trains a small BPE model (byte fallback, digits split, a space before the text) on the sources of
some modules of the standard library, and writes its pieces, scores, types (numbered as in GGUF) and
the ids of some texts.
"""

import io
import json
import sys
from pathlib import Path

import sentencepiece

corpus = [line for module in ("argparse", "asyncio", "typing", "unittest", "email", "http.client")
          for line in Path(__import__(module, fromlist=["x"]).__file__).read_text().splitlines()
          if line.strip()]
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(corpus), model_writer=model, model_type="bpe", vocab_size=800,
    byte_fallback=True, split_digits=True, add_dummy_prefix=True, remove_extra_whitespaces=False,
    normalization_rule_name="identity", allow_whitespace_only_pieces=True, num_threads=1,
    character_coverage=0.999, minloglevel=2)
processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())

ids = range(processor.get_piece_size())
types = [2 if processor.is_unknown(i) else 3 if processor.is_control(i)
         else 6 if processor.is_byte(i) else 1 for i in ids]
texts = ["hello", "return self._parser", "  two  spaces   three", "import os\n\n\tdef f(x):",
         "x = 12345 + 0.5", "caf\u00e9 na\u00efve \u65e5\u672c\u8a9e \U0001f642", " leading", "trailing ", "",
         "The quick brown fox jumps over the lazy dog.", "CamelCaseNames_and_snake_case",
         "\u2581already", "aaaaaaaaaaaaaaa", "------------------------", "e\u0301"]
(Path(sys.argv[1]) / "sentencepiece.json").write_text(json.dumps({
    "tokens": [processor.id_to_piece(i) for i in ids],
    "scores": [processor.get_score(i) for i in ids],
    "types": types,
    "texts": [{"text": text, "ids": processor.encode(text)} for text in texts],
}, indent=None) + "\n")
