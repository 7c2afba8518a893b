package dev.bookend.export;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.List;
import java.util.Map;

/**
 * Adds to a graph what integer layers compute in a way of their own: the operations of {@code
 * int8.torchscript} in the model module, one by one, so that the numbers are the same. Sums are of
 * whole numbers, which add up to the same in any order. So a token's results do not depend on what
 * else is in its step, nor on how a library divides its work.
 *
 * <p>ONNX's dynamic quantisation would not do: it has one scale for all rows of a step.
 */
record IntegerArithmetic(GraphBuilder graph, ExternalData weights) {
  /** Planes are unsigned, around this. */
  private static final int ZERO = 64;

  /** 2^7: how much more a number of the high plane is worth. */
  private static final float PLANE = 128;

  /** 2^13: the largest whole number of a row. */
  private static final float LARGEST_WHOLE = 8192;

  /** 2^14 parts of one: what values are kept in. */
  private static final float VALUE_PARTS = 16384;

  /** 2^20 parts of the largest share. */
  private static final double SHARE_PARTS = 1048576;

  private static final float LEAST = 1e-30f;

  /**
   * Rows of activations as whole numbers.
   *
   * @param planes UINT8 [2T,K]: the high parts of all rows, then the low ones
   * @param scale [T,1]: what a row's numbers are multiplied with
   */
  record Rows(String planes, String scale) {}

  /** Rows [T,K] as whole numbers of 14 bits and a scale, in two planes of 7 bits. */
  Rows rows(String x) {
    String largest = graph.node("ReduceMax", graph.node("Abs", x), graph.longs(-1));
    String scale =
        graph.node(
            "Mul",
            graph.node("Max", largest, graph.scalar(LEAST)),
            graph.scalar(1 / LARGEST_WHOLE));
    String whole = graph.node("Round", graph.node("Div", x, scale));
    String high = graph.node("Round", graph.node("Mul", whole, graph.scalar(1 / PLANE)));
    String low = graph.node("Sub", whole, graph.node("Mul", high, graph.scalar(PLANE)));
    String both = graph.node("Concat", Map.of("axis", 0), high, low);
    String above = graph.node("Add", both, graph.scalar(ZERO));
    return new Rows(graph.cast(above, DataType.UINT8), scale);
  }

  /**
   * Rows times a transposed matrix of the checkpoint, [T,N].
   *
   * @param matrix its name
   */
  String multiply(Rows rows, String matrix) {
    String columns =
        graph.node("Transpose", Map.of("perm", List.of(1, 0)), weights.addInt8(matrix));
    // Numbers of 8 bits would overflow on processors that add pairs of products in 16 bits.
    String sums = graph.node("MatMulInteger", rows.planes, columns, graph.unsigned(ZERO));
    List<String> planes = graph.halves(graph.cast(sums, DataType.FLOAT), 0);
    String high = graph.node("Mul", planes.get(0), graph.scalar(PLANE));
    String both = graph.node("Add", planes.get(1), high);
    String scaled = graph.node("Mul", both, ExternalData.scales(matrix));
    return graph.node("Mul", scaled, rows.scale);
  }

  /* What libraries compute in ways of their own is computed in FP64 and rounded to FP32 afterwards,
   * which takes their differences away. */

  /** Rows [T,K] divided by the root of their mean square. */
  String normalised(String x, double epsilon) {
    String wide = graph.cast(x, DataType.DOUBLE);
    String mean = graph.node("ReduceMean", graph.node("Mul", wide, wide), graph.longs(-1));
    String root = graph.node("Sqrt", graph.node("Add", mean, graph.wideScalar(epsilon)));
    String inverse = graph.node("Div", graph.wideScalar(1), root);
    return graph.node("Mul", x, graph.cast(inverse, DataType.FLOAT));
  }

  String sine(String angles) {
    String wide = graph.cast(angles, DataType.DOUBLE);
    return graph.cast(graph.node("Sin", wide), DataType.FLOAT);
  }

  /** Cosines, by way of sines: some versions of ONNX Runtime have no cosine of FP64. */
  String cosine(String angles) {
    String wide = graph.cast(angles, DataType.DOUBLE);
    String half = graph.node("Sin", graph.node("Mul", wide, graph.wideScalar(0.5)));
    String twice = graph.node("Mul", graph.node("Mul", half, half), graph.wideScalar(-2));
    return graph.cast(graph.node("Add", twice, graph.wideScalar(1)), DataType.FLOAT);
  }

  String silu(String x) {
    String wide = graph.cast(x, DataType.DOUBLE);
    String exponential = graph.node("Exp", graph.node("Neg", wide));
    String below = graph.node("Add", exponential, graph.wideScalar(1));
    return graph.cast(graph.node("Div", wide, below), DataType.FLOAT);
  }

  /** Values as the cache keeps them: whole numbers of 2^-14. */
  String kept(String values) {
    String bounded = graph.node("Clip", values, graph.scalar(-1 / LEAST), graph.scalar(1 / LEAST));
    String parts = graph.node("Mul", bounded, graph.scalar(VALUE_PARTS));
    return graph.node("Mul", graph.node("Round", parts), graph.scalar(1 / VALUE_PARTS));
  }

  /**
   * What attention gives. Shares are whole numbers, and FP64 holds the sums of their products
   * exactly.
   *
   * @param scores [G,R,C]
   * @param values [G,C,D]
   */
  String share(String scores, String values) {
    String most = graph.node("ReduceMax", scores, graph.longs(-1));
    String below = graph.cast(graph.node("Sub", scores, most), DataType.DOUBLE);
    String parts = graph.node("Mul", graph.node("Exp", below), graph.wideScalar(SHARE_PARTS));
    String shares = graph.node("Round", parts);
    String sums = graph.node("MatMul", shares, graph.cast(values, DataType.DOUBLE));
    String all = graph.node("ReduceSum", shares, graph.longs(-1));
    return graph.cast(graph.node("Div", sums, all), DataType.FLOAT);
  }
}
