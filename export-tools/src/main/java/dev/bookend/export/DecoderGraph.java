package dev.bookend.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.ModelTensors;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.contract.Contract;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Decoder layers [from,to) of any supported family as an ONNX graph of standard operators with the
 * tensors of docs/protocol.md. It computes what {@code decoder.torchscript} of the model module
 * computes. Only the cache works in another way: the graph takes the old one as input and has the
 * new one as output, instead of writing in place.
 *
 * <p>Shapes in comments: T new tokens, C slots now, C0 slots before, H hidden width, G key and
 * value heads, Q query heads, D head width, R rotated dimensions.
 */
final class DecoderGraph {
  /* How the cache works here. The old keys [G,C0,D] are padded with zeros to [G,C,D], and the new
   * ones are scattered into their slots. Attention then runs over all C slots, and what a token does
   * not see is replaced where it could do harm: its score, before the softmax, and its value, because
   * its weight is zero, but zero times NaN is NaN. For the same reason a score is replaced, and not
   * added to a large negative number.
   *
   * The values of slots that are neither cached nor new are replaced by zero. Those of new tokens
   * are set to zero where they are not finite before they are stored, because the slots of other
   * branches' new tokens count as new too. */

  private final ModelConfig config;
  private final ModelTensors tensors;
  private final int from;
  private final int to;
  private final OptionalInt tapped;
  private final Precision precision;
  private final boolean int8Weights;
  private final ExternalData weights;
  private final GraphBuilder graph;
  private final Optional<IntegerArithmetic> integers;
  private final DataType type;

  private DecoderGraph(
      ModelConfig config,
      int from,
      int to,
      OptionalInt tapped,
      ExportOptions options,
      ExternalData weights) {
    this.config = config;
    this.tensors = config.tensors();
    this.from = from;
    this.to = to;
    this.tapped = tapped;
    this.precision = options.precision();
    this.int8Weights = options.int8Weights();
    this.weights = weights;
    this.graph = new GraphBuilder("layers-" + from + "-" + to);
    this.integers =
        precision == Precision.INT8
            ? Optional.of(new IntegerArithmetic(graph, weights))
            : Optional.empty();
    this.type = precision.onnx();
  }

  /**
   * Makes the graph.
   *
   * @param tapped the layer, one of them, whose input is put out too; empty: none
   * @param weights receives the tensors that the graph refers to
   */
  static GraphProto of(
      ModelConfig config,
      int from,
      int to,
      OptionalInt tapped,
      ExportOptions options,
      ExternalData weights) {
    return new DecoderGraph(config, from, to, tapped, options, weights).build();
  }

  /** The values that all layers of a step share. */
  private record Shared(
      String tokens, // INT64 [1]: T
      String
          seen, // BOOL [Q/G * T, C]: which slots each token sees, repeated for each head of a group
      String inUse, // BOOL [C,1]: slots that are cached or new
      String places, // INT32 [G,T,D]: the slot of each element of the new keys
      String padding, // [G,C-C0,D]: zeros
      String cos, // [T,1,R/2]
      String sin) {}

  private GraphProto build() {
    String hidden = graph.input(Contract.HIDDEN, type, "T", config.hiddenSize());
    graph.input(Contract.POSITIONS, DataType.INT32, "T");
    graph.input(Contract.SLOTS, DataType.INT32, "T");
    graph.input(Contract.CACHED, DataType.BOOL, "C");
    graph.input(Contract.TREE, DataType.BOOL, "T", "T");
    List<CacheState> states = CacheState.of(from, to);
    for (CacheState state : states) {
      graph.input(state.past(), type, config.kvHeads(), "C0", config.headDim());
    }
    Shared shared = shared(states.get(0));
    for (int layer = from; layer < to; layer++) {
      if (tapped.equals(OptionalInt.of(layer))) {
        graph.nodeTo(Contract.TAPS, "Identity", Map.of(), hidden);
      }
      graph.scope("layers." + layer + "/");
      int index = 2 * (layer - from);
      hidden = layer(layer, hidden, shared, states.get(index), states.get(index + 1));
    }
    graph.nodeTo(Contract.HIDDEN_OUT, "Identity", Map.of(), hidden);
    graph.output(Contract.HIDDEN_OUT, type, "T", config.hiddenSize());
    if (tapped.isPresent()) {
      graph.output(Contract.TAPS, type, "T", config.hiddenSize());
    }
    for (CacheState state : states) {
      graph.output(state.present(), type, config.kvHeads(), "C", config.headDim());
    }
    weights.tensors().forEach(graph::initializer);
    return graph.build();
  }

  private Shared shared(CacheState first) {
    long groups = config.kvHeads();
    String tokens = graph.node("Shape", Map.of("end", 1), Contract.HIDDEN);
    String capacity = graph.node("Shape", Contract.CACHED);
    String before = graph.node("Shape", Map.of("start", 1, "end", 2), first.past());

    String row = reshape(Contract.SLOTS, 1, -1);
    String seen =
        graph.node(
            "ScatterElements",
            Map.of("axis", 1),
            expand(Contract.CACHED, tokens, capacity),
            expand(row, tokens, tokens),
            Contract.TREE);
    long heads = config.heads() / groups;
    if (heads > 1) {
      String all = expand(seen, graph.longs(heads), tokens, capacity);
      seen = graph.node("Reshape", all, concat(graph.longs(-1), capacity));
    }
    if (doublesLoneRows()) {
      seen = expand(seen, atLeastTwo(tokens), capacity);
    }
    String inUse =
        graph.node(
            "ScatterElements",
            Map.of("axis", 0),
            Contract.CACHED,
            Contract.SLOTS,
            expand(graph.yes(), tokens));
    String places =
        expand(
            reshape(Contract.SLOTS, 1, -1, 1),
            graph.longs(groups),
            tokens,
            graph.longs(config.headDim()));
    String missing = graph.node("Sub", capacity, before);
    String padding =
        graph.node(
            "ConstantOfShape",
            Map.of("value", zero()),
            concat(graph.longs(groups), missing, graph.longs(config.headDim())));

    float[] frequencies = new float[config.rope().inverseFrequencies().size()];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = config.rope().inverseFrequencies().get(i).floatValue();
    }
    String angles =
        graph.node(
            "Mul",
            reshape(graph.cast(Contract.POSITIONS, DataType.FLOAT), -1, 1, 1),
            graph.floats("inverse_frequencies", frequencies));
    return new Shared(
        tokens, seen, reshape(inUse, -1, 1), places, padding, cosine(angles), sine(angles));
  }

  private String cosine(String angles) {
    return integers
        .map(exact -> exact.cosine(angles))
        .orElseGet(() -> narrow(graph.node("Cos", angles)));
  }

  private String sine(String angles) {
    return integers
        .map(exact -> exact.sine(angles))
        .orElseGet(() -> narrow(graph.node("Sin", angles)));
  }

  private String layer(int layer, String x, Shared shared, CacheState keys, CacheState values) {
    Rows h = rows(norm(x, TensorRole.INPUT_NORM, layer));
    String q = heads(projection(h, TensorRole.QUERY, TensorRole.QUERY_BIAS, layer), config.heads());
    q = normIfThere(q, TensorRole.QUERY_NORM, layer);
    String k = heads(projection(h, TensorRole.KEY, TensorRole.KEY_BIAS, layer), config.kvHeads());
    k = normIfThere(k, TensorRole.KEY_NORM, layer);
    String v = projection(h, TensorRole.VALUE, TensorRole.VALUE_BIAS, layer);
    String finite = graph.node("LessOrEqual", graph.node("Abs", v), typed(precision.largest()));
    String bounded = graph.node("Where", finite, v, typed(0));
    v = heads(integers.map(exact -> exact.kept(bounded)).orElse(bounded), config.kvHeads());

    String allKeys = store(keys, rotate(k, shared), shared);
    String allValues = store(values, v, shared);
    String mixed = attend(rotate(q, shared), allKeys, allValues, shared);
    x = graph.node("Add", x, linear(rows(mixed), TensorRole.ATTENTION_OUTPUT, layer));

    h = rows(norm(x, TensorRole.MLP_NORM, layer));
    String gate = silu(linear(h, TensorRole.GATE, layer));
    String wide = graph.node("Mul", gate, linear(h, TensorRole.UP, layer));
    return graph.node("Add", x, linear(rows(wide), TensorRole.DOWN, layer));
  }

  private String silu(String x) {
    return integers
        .map(exact -> exact.silu(x))
        .orElseGet(() -> graph.node("Mul", x, graph.node("Sigmoid", x)));
  }

  /**
   * Rows [T,K] as matrices are multiplied with.
   *
   * @param whole as integers; empty: as they are
   */
  private record Rows(String numbers, Optional<IntegerArithmetic.Rows> whole) {}

  private Rows rows(String x) {
    return new Rows(x, integers.map(exact -> exact.rows(x)));
  }

  /** [T,heads*D] as [T,heads,D]. */
  private String heads(String x, int count) {
    return reshape(x, 0, count, config.headDim());
  }

  private String projection(Rows h, TensorRole matrix, TensorRole bias, int layer) {
    if (!tensors.has(bias)) {
      return linear(h, matrix, layer);
    }
    String added = weights.add(tensors.name(bias, layer));
    return integers.isPresent()
        ? graph.node("Add", linear(h, matrix, layer), added)
        : graph.node(
            "Gemm", Map.of("transB", 1), h.numbers, matrix(tensors.name(matrix, layer)), added);
  }

  /** [T,in] times the transposed [out,in], as checkpoints store it. */
  private String linear(Rows x, TensorRole matrix, int layer) {
    String name = tensors.name(matrix, layer);
    return integers
        .map(exact -> exact.multiply(x.whole.orElseThrow(), name))
        .orElseGet(() -> graph.node("Gemm", Map.of("transB", 1), x.numbers, matrix(name)));
  }

  private String matrix(String weight) {
    if (!int8Weights) {
      return weights.add(weight);
    }
    String int8 = weights.addInt8(weight);
    return narrow(
        graph.node("DequantizeLinear", Map.of("axis", 0), int8, ExternalData.scales(weight)));
  }

  private String normIfThere(String x, TensorRole weight, int layer) {
    return tensors.has(weight) ? norm(x, weight, layer) : x;
  }

  /** RMSNorm over the last dimension. */
  private String norm(String x, TensorRole weight, int layer) {
    String scaled =
        integers
            .map(exact -> exact.normalised(x, config.normEpsilon()))
            .orElseGet(() -> normalised(x));
    return graph.node("Mul", scaled, weights.add(tensors.name(weight, layer)));
  }

  private String normalised(String x) {
    String wide = widen(x);
    String square = graph.node("Pow", wide, graph.scalar(2));
    String mean = graph.node("ReduceMean", square, graph.longs(-1));
    String epsilon = graph.scalar((float) config.normEpsilon());
    String root = graph.node("Sqrt", graph.node("Add", mean, epsilon));
    return narrow(graph.node("Div", wide, root));
  }

  /** Rotates the first R dimensions of [T,heads,D], half against half. */
  private String rotate(String x, Shared shared) {
    long half = config.rope().dimensions() / 2;
    long rest = config.headDim() - 2 * half;
    List<String> parts =
        rest == 0 ? graph.split(x, 2, half, half) : graph.split(x, 2, half, half, rest);
    String a = parts.get(0);
    String b = parts.get(1);
    String a2 =
        graph.node("Sub", graph.node("Mul", a, shared.cos), graph.node("Mul", b, shared.sin));
    String b2 =
        graph.node("Add", graph.node("Mul", b, shared.cos), graph.node("Mul", a, shared.sin));
    Map<String, Integer> axis = Map.of("axis", 2);
    return rest == 0
        ? graph.node("Concat", axis, a2, b2)
        : graph.node("Concat", axis, a2, b2, parts.get(2));
  }

  /** Puts new keys or values [T,G,D] into their slots; the cache is then [G,C,D]. */
  private String store(CacheState state, String fresh, Shared shared) {
    String old = graph.node("Concat", Map.of("axis", 1), state.past(), shared.padding);
    String byHead = graph.node("Transpose", Map.of("perm", List.of(1, 0, 2)), fresh);
    graph.nodeTo(state.present(), "ScatterElements", Map.of("axis", 1), old, shared.places, byHead);
    return state.present();
  }

  /** Attention of [T,Q,D] over the cache: [T,Q*D]. */
  private String attend(String q, String keys, String values, Shared shared) {
    int groups = config.kvHeads();
    int heads = config.heads() / groups;
    int width = config.headDim();
    if (doublesLoneRows()) {
      q = expand(q, atLeastTwo(shared.tokens), graph.longs(config.heads()), graph.longs(width));
    }
    // The heads of a group share its keys, so they are rows of one matrix: [G,Q/G*T,D].
    String rows = reshape(q, 0, groups, heads, width);
    rows = graph.node("Transpose", Map.of("perm", List.of(1, 2, 0, 3)), rows);
    rows = reshape(rows, groups, -1, width);
    String columns = graph.node("Transpose", Map.of("perm", List.of(0, 2, 1)), keys);
    String scores = widen(graph.node("MatMul", rows, columns));
    scores = graph.node("Mul", scores, graph.scalar((float) Math.pow(width, -0.5)));
    scores = graph.node("Where", shared.seen, scores, graph.scalar(-Float.MAX_VALUE));
    String clean = graph.node("Where", shared.inUse, values, typed(0));
    String mixed = reshape(share(scores, clean), groups, heads, -1, width);
    mixed = graph.node("Transpose", Map.of("perm", List.of(2, 0, 1, 3)), mixed);
    if (doublesLoneRows()) {
      mixed = graph.node("Slice", mixed, graph.longs(0), shared.tokens, graph.longs(0));
    }
    return reshape(mixed, 0, (long) config.heads() * width);
  }

  /**
   * Whether a token alone is computed as two equal ones, where its score would be a single row: for
   * that libraries add up in another order.
   */
  private boolean doublesLoneRows() {
    return integers.isPresent() && config.heads() == config.kvHeads();
  }

  private String atLeastTwo(String tokens) {
    return graph.node("Max", tokens, graph.longs(2));
  }

  /** What the values [G,C,D] come to by scores [G,R,C]: [G,R,D]. */
  private String share(String scores, String values) {
    return integers
        .map(exact -> exact.share(scores, values))
        .orElseGet(
            () ->
                graph.node(
                    "MatMul", narrow(graph.node("Softmax", Map.of("axis", -1), scores)), values));
  }

  /**
   * Gives a value another shape; 0 keeps a dimension, -1 stands for the number of elements that are
   * left.
   */
  private String reshape(String x, long... shape) {
    return graph.node("Reshape", x, graph.longs(shape));
  }

  private String expand(String x, String... dims) {
    return graph.node("Expand", x, dims.length == 1 ? dims[0] : concat(dims));
  }

  private String concat(String... parts) {
    return graph.node("Concat", Map.of("axis", 0), parts);
  }

  private String widen(String x) {
    return type == DataType.FLOAT ? x : graph.cast(x, DataType.FLOAT);
  }

  private String narrow(String x) {
    return type == DataType.FLOAT ? x : graph.cast(x, type);
  }

  /** A constant in the type of the graph. */
  private String typed(float value) {
    return narrow(graph.scalar(value));
  }

  private TensorProto zero() {
    byte[] bytes = new byte[precision.stored().bytes()];
    return TensorProto.newBuilder()
        .setDataType(type.getNumber())
        .addDims(1)
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }
}
