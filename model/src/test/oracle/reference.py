"""A decoder of the Llama family in NumPy, for checking PyTorch's answers against a second source.

One pass over a whole sequence, no cache. Float64 unless the weights say otherwise. Written from the
published descriptions: RMSNorm (arXiv:1910.07467), RoPE (2104.09864), grouped-query attention
(2305.13245), SwiGLU (2002.05202).
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shape:
    heads: int
    kv_heads: int
    head_dim: int
    epsilon: float
    frequencies: np.ndarray  # radians per position, one per rotated pair
    interleaved: bool = False  # RoPE pairs (2i, 2i+1) as GGUF stores them, else (i, i + D/2)
    window: int | None = None  # each token sees this many last positions, itself included


def frequencies(config, head_dim):
    """Radians per position of each rotated pair, by config.json."""
    inverse = config["rope_theta"] ** (-np.arange(0, head_dim, 2) / head_dim)
    scaling = config.get("rope_scaling")
    if scaling is None:
        return inverse
    # Llama 3.1: keep short wavelengths, divide long ones by the factor, blend between.
    turns = scaling["original_max_position_embeddings"] * inverse / (2 * math.pi)
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    keep = np.clip((turns - low) / (high - low), 0, 1)
    return inverse * (keep + (1 - keep) / scaling["factor"])


def rms_norm(x, weight, epsilon):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + epsilon) * weight


def rotate(x, shape):
    """x [T,heads,D] -> the same, position t turned by t times each frequency."""
    angle = np.arange(len(x))[:, None, None] * shape.frequencies
    cos, sin = np.cos(angle), np.sin(angle)
    if shape.interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
    else:
        a, b = np.split(x, 2, axis=-1)
    turned = a * cos - b * sin, b * cos + a * sin
    if shape.interleaved:
        return np.stack(turned, axis=-1).reshape(x.shape)
    return np.concatenate(turned, axis=-1)


def attention(q, k, v, shape):
    """q [T,heads,D], k and v [T,kv_heads,D] -> [T,heads*D]."""
    tokens = len(q)
    group = shape.heads // shape.kv_heads
    k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
    scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(shape.head_dim)
    back = np.arange(tokens)[:, None] - np.arange(tokens)[None, :]
    seen = back >= 0
    if shape.window is not None:
        seen &= back < shape.window
    scores = np.where(seen, scores, -np.inf)
    share = np.exp(scores - scores.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    return np.einsum("hqk,khd->qhd", share, v).reshape(tokens, -1)


def layer(x, w, shape):
    """One decoder layer: x [T,H] -> [T,H]; w(name) gives a weight, or None where there is none."""
    tokens = len(x)

    def project(h, name, heads):
        y = h @ w(name + ".weight").T
        bias = w(name + ".bias")
        return (y if bias is None else y + bias).reshape(tokens, heads, shape.head_dim)

    h = x
    if w("input_layernorm.weight") is not None:  # EAGLE's heads have none
        h = rms_norm(x, w("input_layernorm.weight"), shape.epsilon)
    q = project(h, "self_attn.q_proj", shape.heads)
    k = project(h, "self_attn.k_proj", shape.kv_heads)
    v = project(h, "self_attn.v_proj", shape.kv_heads)
    if w("self_attn.q_norm.weight") is not None:
        q = rms_norm(q, w("self_attn.q_norm.weight"), shape.epsilon)
        k = rms_norm(k, w("self_attn.k_norm.weight"), shape.epsilon)
    mixed = attention(rotate(q, shape), rotate(k, shape), v, shape)
    x = x + mixed @ w("self_attn.o_proj.weight").T
    h = rms_norm(x, w("post_attention_layernorm.weight"), shape.epsilon)
    gate = h @ w("mlp.gate_proj.weight").T
    up = h @ w("mlp.up_proj.weight").T
    return x + (gate / (1 + np.exp(-gate)) * up) @ w("mlp.down_proj.weight").T
