package dev.bookend.model.checkpoint.safetensors;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.StoredTensors.Unreadable;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes of low rank to some matrices of a model's layers (LoRA, Hu et al. 2021): W becomes W +
 * scale B A. Immutable.
 *
 * @param changes by the matrix's Hugging Face name
 */
public record LowRankAdapter(Map<String, Change> changes) {
  private static final Pattern PART =
      Pattern.compile("base_model\\.model\\.(.+)\\.lora_([AB])\\.weight");
  private static final int MOST = 1 << 16;

  public LowRankAdapter {
    changes = Map.copyOf(changes);
  }

  /**
   * The change of a matrix [out,in].
   *
   * @param layer the layer that the matrix is in
   * @param a [rank,in], row after row
   * @param b [out,rank], row after row
   */
  @SuppressWarnings("ArrayRecordComponent") // neither changed nor compared
  public record Change(int layer, int rank, float[] a, float[] b, double scale) {
    private void addTo(FloatBuffer rows, long first, int count) {
      int width = a.length / rank;
      float[] row = new float[width];
      for (int i = 0; i < count; i++) {
        rows.get(i * width, row);
        for (int r = 0; r < rank; r++) {
          float factor = (float) (scale * b[(int) (first + i) * rank + r]);
          for (int k = 0; k < width; k++) {
            row[k] += factor * a[r * width + k];
          }
        }
        rows.put(i * width, row);
      }
    }
  }

  /**
   * Reads an adapter as PEFT writes it.
   *
   * @param file {@code adapter_model.safetensors}, with {@code adapter_config.json} beside it, or
   *     the directory of both
   * @param base the model that it is for
   * @throws BookendException if it is none, or is for another model
   */
  public static LowRankAdapter read(Path file, Checkpoint base) {
    Path weights = Files.isDirectory(file) ? file.resolve("adapter_model.safetensors") : file;
    JsonFields config = JsonFields.read(weights.resolveSibling("adapter_config.json"));
    double alpha =
        config.number("lora_alpha", 0, MOST).orElseThrow(() -> config.missing("lora_alpha"));
    for (String other : Set.of("use_dora", "fan_in_fan_out")) {
      if (config.flag(other, false)) {
        throw new BookendException(
            ErrorCode.ADAPTER_UNSUITABLE, config.file() + ": " + other + " is not supported");
      }
    }
    for (String other : Set.of("rank_pattern", "alpha_pattern")) {
      if (config.fields(other).filter(map -> map.object().size() > 0).isPresent()) {
        throw new BookendException(
            ErrorCode.ADAPTER_UNSUITABLE, config.file() + ": " + other + " is not supported");
      }
    }
    boolean byRoot = config.flag("use_rslora", false);
    Map<String, Integer> matrices = matrices(base.config());
    Map<String, StoredTensor> a = new TreeMap<>();
    Map<String, StoredTensor> b = new TreeMap<>();
    StoredTensors<StoredTensor> tensors = SafetensorsFile.read(weights);
    tensors.others().values().forEach(LowRankAdapter::refuse);
    tensors
        .readable()
        .forEach(
            (name, tensor) -> {
              Matcher part = PART.matcher(name);
              if (!part.matches() || !matrices.containsKey(part.group(1) + ".weight")) {
                throw new BookendException(
                    ErrorCode.ADAPTER_UNSUITABLE,
                    weights + ": " + name + " is not a low-rank part of a matrix of a layer");
              }
              (part.group(2).equals("A") ? a : b).put(part.group(1) + ".weight", tensor);
            });
    if (!a.keySet().equals(b.keySet())) {
      throw new BookendException(
          ErrorCode.ADAPTER_UNSUITABLE, weights + ": a matrix has only one of lora_A and lora_B");
    }
    Map<String, Change> changes = new TreeMap<>();
    a.forEach(
        (name, left) -> {
          StoredTensor right = b.get(name);
          long[] shape = base.shape(name);
          int rank = (int) left.shape()[0];
          if (left.shape().length != 2
              || right.shape().length != 2
              || left.shape()[1] != shape[1]
              || right.shape()[0] != shape[0]
              || right.shape()[1] != rank) {
            throw new BookendException(
                ErrorCode.ADAPTER_UNSUITABLE,
                weights
                    + ": "
                    + name
                    + " has another shape than the model's matrix; the adapter is for another model");
          }
          double scale = alpha / (byRoot ? Math.sqrt(rank) : rank);
          int layer = matrices.get(name);
          changes.put(name, new Change(layer, rank, floats(left), floats(right), scale));
        });
    return new LowRankAdapter(changes);
  }

  private static void refuse(Unreadable tensor) {
    if (tensor.isWeight()) {
      throw tensor.failure();
    }
  }

  /** The matrices of a model's layers, by Hugging Face name, each with its layer. */
  private static Map<String, Integer> matrices(ModelConfig config) {
    Map<String, Integer> matrices = new TreeMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      for (TensorSpec tensor : config.tensors().layer()) {
        if (tensor.isMatrix()) {
          matrices.put(tensor.name(layer), layer);
        }
      }
    }
    return matrices;
  }

  private static float[] floats(StoredTensor tensor) {
    FloatBuffer buffer = tensor.read(FloatType.F32, 0, tensor.shape()[0]).asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /**
   * Random changes of all matrices in the layers.
   *
   * @param size of each change, relative to the size of its matrix (square root of the sum of
   *     squares)
   */
  public static LowRankAdapter random(Checkpoint base, int rank, double size, long seed) {
    Map<String, Change> changes = new TreeMap<>();
    matrices(base.config())
        .forEach(
            (name, layer) -> {
              long[] shape = base.shape(name);
              Random random = new Random(seed ^ name.hashCode());
              float[] a = gaussian(random, rank * Math.toIntExact(shape[1]));
              float[] b = gaussian(random, rank * Math.toIntExact(shape[0]));
              double squares = 0;
              FloatBuffer weights = base.read(name, FloatType.F32).asFloatBuffer();
              while (weights.hasRemaining()) {
                squares += Math.pow(weights.get(), 2);
              }
              // The entries of B A have a mean square of the rank.
              double scale = size * Math.sqrt(squares / ((double) shape[0] * shape[1] * rank));
              changes.put(name, new Change(layer, rank, a, b, scale));
            });
    return new LowRankAdapter(changes);
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Hex SHA-256 over all changes. */
  public String fingerprint() {
    Hasher hasher = Hashing.sha256().newHasher();
    new TreeMap<>(changes)
        .forEach(
            (name, change) -> {
              String line = name + ' ' + change.rank() + ' ' + change.scale() + '\n';
              hasher.putString(line, StandardCharsets.UTF_8);
              for (float[] values : List.of(change.a(), change.b())) {
                ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
                bytes.asFloatBuffer().put(values);
                hasher.putBytes(bytes);
              }
            });
    return hasher.hash().toString();
  }

  /** The layers that this changes, in ascending order. */
  public List<Integer> layers() {
    return changes.values().stream().map(Change::layer).distinct().sorted().toList();
  }

  /**
   * The model with these changes in some of its layers. Tensors that are changed can be read as F32
   * only. Closing it leaves the model open.
   */
  public Checkpoint appliedTo(Checkpoint base, IntPredicate layers) {
    return new Changed(base, this, layers);
  }

  private record Changed(Checkpoint base, LowRankAdapter adapter, IntPredicate layers)
      implements Checkpoint {
    @Override
    public ModelConfig config() {
      return base.config();
    }

    @Override
    public TokenizerSource tokenizer() {
      return base.tokenizer();
    }

    @Override
    public void requireLayers(int from, int to) {
      base.requireLayers(from, to);
    }

    @Override
    public Set<String> tensorNames() {
      return base.tensorNames();
    }

    @Override
    public long[] shape(String tensor) {
      return base.shape(tensor);
    }

    @Override
    public ByteBuffer read(String tensor, FloatType type) {
      return change(tensor, type, 0, (int) shape(tensor)[0], base.read(tensor, type));
    }

    @Override
    public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
      return change(tensor, type, first, count, base.readRows(tensor, type, first, count));
    }

    @Override
    public void release(String tensor) {
      base.release(tensor);
    }

    @Override
    public boolean isStoredAs(String tensor, FloatType type) {
      return !changes(tensor) && base.isStoredAs(tensor, type);
    }

    private boolean changes(String tensor) {
      Change change = adapter.changes.get(tensor);
      return change != null && layers.test(change.layer());
    }

    private ByteBuffer change(
        String tensor, FloatType type, long first, int count, ByteBuffer rows) {
      if (!changes(tensor)) {
        return rows;
      }
      if (type != FloatType.F32) {
        throw new IllegalArgumentException(tensor + " is changed, and is read as F32 only");
      }
      // Not in place, because the base model's rows may be the mapped file itself.
      ByteBuffer changed =
          ByteBuffer.allocateDirect(rows.remaining()).order(ByteOrder.nativeOrder());
      changed.put(rows).flip();
      adapter.changes.get(tensor).addTo(changed.asFloatBuffer(), first, count);
      return changed;
    }

    @Override
    public String fingerprint() {
      return base.fingerprint();
    }

    @Override
    public void close() {}
  }
}
