"""Makes the fixtures of BlockDecoderTest and ConfigReaderTest, independently of the Java code.

Run in an environment with `pip install gguf==0.19.0 numpy==2.4.6`:
    python fixtures.py ../resources/dev/bookend/model/checkpoint
Per ggml type T: T.blocks, random blocks as a file stores them, and T.floats, the little-endian
float32 values that the gguf package decodes from them. llama31-frequencies.txt: the inverse
frequencies of Llama 3.1, by wavelength as Meta's reference implementation puts it.
"""

import math
import sys
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

out = Path(sys.argv[1])
random = np.random.default_rng(20261124)

# Where the binary16 scales of a block are: the rest may be any bytes.
SCALES = {
    "F16": [0], "BF16": [], "F32": [],
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}

for name, scales in SCALES.items():
    type_ = GGMLQuantizationType[name]
    elements, size = GGML_QUANT_SIZES[type_]
    count = 512 // elements
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for at in scales:
        values = random.normal(0, 0.1, count).astype("<f2")
        values[0] = 2.0**-24  # subnormal
        blocks[:, at : at + 2] = values.view(np.uint8).reshape(count, 2)
    if name in ("BF16", "F32"):
        values = random.normal(0, 1, count).astype("<f4")
        raw = values.view("<u2").reshape(count, 2)[:, 1:] if name == "BF16" else values
        blocks = np.ascontiguousarray(raw).view(np.uint8).reshape(count, size)
    floats = dequantize(blocks.reshape(1, -1), type_).astype("<f4")
    assert np.isfinite(floats).all() and floats.size == 512
    (out / f"{name}.blocks").write_bytes(blocks.tobytes())
    (out / f"{name}.floats").write_bytes(floats.tobytes())

frequencies = []
for i in range(64):
    frequency = 1.0 / 500000.0 ** (2 * i / 128)
    wavelength = 2 * math.pi / frequency
    if wavelength < 8192 / 4.0:
        frequencies.append(frequency)
    elif wavelength > 8192 / 1.0:
        frequencies.append(frequency / 8.0)
    else:
        smooth = (8192 / wavelength - 1.0) / (4.0 - 1.0)
        frequencies.append((1 - smooth) * frequency / 8.0 + smooth * frequency)
(out / "llama31-frequencies.txt").write_text("".join(f"{f!r}\n" for f in frequencies))
