package dev.bookend.model.checkpoint.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files, version 3. */
public final class GgufFixture {
  private static final int ALIGNMENT = 32;

  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private static final class Tensor {
    private final int type;
    private final List<Long> shape;
    private final byte[] data;

    Tensor(int type, List<Long> shape, byte[] data) {
      this.type = type;
      this.shape = shape;
      this.data = data;
    }
  }

  /**
   * @param value Integer (u32), Long (u64), Float, Boolean, String, or List of one of these
   */
  public GgufFixture with(String key, Object value) {
    metadata.put(key, value);
    return this;
  }

  Object value(String key) {
    return metadata.get(key);
  }

  GgufFixture without(String key) {
    metadata.remove(key);
    return this;
  }

  public GgufFixture withoutTensor(String name) {
    tensors.remove(name);
    return this;
  }

  /**
   * @param type ggml's number
   * @param shape outermost dimension first
   */
  GgufFixture tensor(String name, int type, List<Long> shape, byte[] data) {
    tensors.put(name, new Tensor(type, shape, data));
    return this;
  }

  /** The names of the tensors, in the file's order. */
  public List<String> tensorNames() {
    return List.copyOf(tensors.keySet());
  }

  /** Takes a tensor out of another file. */
  public GgufFixture move(String name, GgufFixture from) {
    tensors.put(name, from.tensors.remove(name));
    return this;
  }

  /** A tensor of a type of which nothing but its number is known. */
  public GgufFixture tensor(String name, int type, List<Long> shape) {
    return tensor(name, type, shape, new byte[ALIGNMENT]);
  }

  public GgufFixture floats(String name, List<Long> shape, float... values) {
    return tensor(name, 0, shape, bytes(values));
  }

  public static byte[] bytes(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /** A Llama of one layer: H 8, 2 heads of 4, 1 KV head, 6 tokens; weights count upwards. */
  public static GgufFixture llama() {
    return llama(1);
  }

  /** The same of several layers. */
  public static GgufFixture llama(int layers) {
    GgufFixture file =
        new GgufFixture()
            .with("general.architecture", "llama")
            .with("llama.block_count", layers)
            .with("llama.context_length", 64)
            .with("llama.embedding_length", 8)
            .with("llama.feed_forward_length", 12)
            .with("llama.attention.head_count", 2)
            .with("llama.attention.head_count_kv", 1)
            .with("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .with("llama.rope.freq_base", 10000f)
            .with("tokenizer.ggml.model", "gpt2")
            .with("tokenizer.ggml.pre", "smollm")
            .with("tokenizer.ggml.tokens", List.of("<s>", "<|im_end|>", "a", "b", "ab", "<tool>"))
            .with("tokenizer.ggml.token_type", List.of(3, 3, 1, 1, 1, 4))
            .with("tokenizer.ggml.merges", List.of("a b"))
            .with("tokenizer.ggml.bos_token_id", 0)
            .with("tokenizer.ggml.eos_token_id", 0);
    file.counting("token_embd.weight", 6, 8);
    file.counting("output_norm.weight", 8);
    for (int layer = 0; layer < layers; layer++) {
      file.counting("blk." + layer + ".attn_norm.weight", 8);
      file.counting("blk." + layer + ".attn_q.weight", 8, 8);
      file.counting("blk." + layer + ".attn_k.weight", 4, 8);
      file.counting("blk." + layer + ".attn_v.weight", 4, 8);
      file.counting("blk." + layer + ".attn_output.weight", 8, 8);
      file.counting("blk." + layer + ".ffn_norm.weight", 8);
      file.counting("blk." + layer + ".ffn_gate.weight", 12, 8);
      file.counting("blk." + layer + ".ffn_up.weight", 12, 8);
      file.counting("blk." + layer + ".ffn_down.weight", 8, 12);
    }
    return file;
  }

  /** F32 elements 0, 1, 2, ... */
  public GgufFixture counting(String name, long... shape) {
    int size = 1;
    for (long dimension : shape) {
      size *= (int) dimension;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    return floats(name, Arrays.stream(shape).boxed().toList(), values);
  }

  public byte[] header() {
    return write(false);
  }

  public byte[] write() {
    return write(true);
  }

  private byte[] write(boolean withData) {
    Out out = new Out();
    out.raw("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.int32(3);
    out.int64(tensors.size());
    out.int64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          out.string(key);
          out.int32(type(value));
          out.value(value);
        });
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      out.string(entry.getKey());
      out.int32(tensor.shape.size());
      for (int d = tensor.shape.size() - 1; d >= 0; d--) {
        out.int64(tensor.shape.get(d));
      }
      out.int32(tensor.type);
      out.int64(offset);
      offset = aligned(offset + tensor.data.length);
    }
    if (withData) {
      for (Tensor tensor : tensors.values()) {
        out.raw(new byte[(int) (aligned(out.bytes.size()) - out.bytes.size())]);
        out.raw(tensor.data);
      }
    }
    return out.bytes.toByteArray();
  }

  private static long aligned(long offset) {
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static int type(Object value) {
    if (value instanceof Integer) {
      return 4;
    } else if (value instanceof Float) {
      return 6;
    } else if (value instanceof Boolean) {
      return 7;
    } else if (value instanceof String) {
      return 8;
    } else if (value instanceof Long) {
      return 10;
    }
    return 9;
  }

  private static final class Out {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void value(Object value) {
      if (value instanceof Integer number) {
        int32(number);
      } else if (value instanceof Float number) {
        int32(Float.floatToRawIntBits(number));
      } else if (value instanceof Boolean flag) {
        bytes.write(flag ? 1 : 0);
      } else if (value instanceof String text) {
        string(text);
      } else if (value instanceof Long number) {
        int64(number);
      } else {
        List<?> list = (List<?>) value;
        int32(list.isEmpty() ? 4 : type(list.get(0)));
        int64(list.size());
        list.forEach(this::value);
      }
    }

    void string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      int64(utf8.length);
      raw(utf8);
    }

    void int32(int value) {
      raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    void int64(long value) {
      raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    void raw(byte[] data) {
      bytes.writeBytes(data);
    }
  }
}
