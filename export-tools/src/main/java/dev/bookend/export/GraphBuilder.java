package dev.bookend.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Builds an ONNX graph. The methods that add an operator return the name of its value. Not
 * thread-safe.
 */
final class GraphBuilder {
  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Set<String> constants = new HashSet<>();
  private String scope = "";
  private int nodes;

  GraphBuilder(String name) {
    graph.setName(name);
  }

  /** Sets a prefix for the names of the nodes that follow. */
  void scope(String prefix) {
    scope = prefix;
  }

  /**
   * Declares an input and returns its name.
   *
   * @param dims a {@link Number} for a fixed dimension, else the name of a dynamic one
   */
  String input(String name, DataType type, Object... dims) {
    graph.addInput(value(name, type, dims));
    return name;
  }

  /** Declares an output, as {@link #input}. */
  void output(String name, DataType type, Object... dims) {
    graph.addOutput(value(name, type, dims));
  }

  private static ValueInfoProto value(String name, DataType type, Object... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object dim : dims) {
      if (dim instanceof Number number) {
        shape.addDimBuilder().setDimValue(number.longValue());
      } else {
        shape.addDimBuilder().setDimParam((String) dim);
      }
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  String node(String operator, String... inputs) {
    return node(operator, Map.of(), inputs);
  }

  /**
   * Adds an operator.
   *
   * @param attributes by name; integers, lists of integers and tensors
   */
  String node(String operator, Map<String, ?> attributes, String... inputs) {
    String output = scope + operator + "_" + nodes;
    nodeTo(output, operator, attributes, inputs);
    return output;
  }

  /** As {@link #node}, but the caller chooses the name of the value. */
  void nodeTo(String output, String operator, Map<String, ?> attributes, String... inputs) {
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setName(scope + operator + "_" + nodes++)
            .setOpType(operator)
            .addAllInput(Arrays.asList(inputs))
            .addOutput(output);
    // Sorted, so that the same model always gives the same file.
    new TreeMap<>(attributes).forEach((name, value) -> node.addAttribute(attribute(name, value)));
    graph.addNode(node);
  }

  private static AttributeProto attribute(String name, Object value) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (value instanceof Number number) {
      attribute.setType(AttributeProto.AttributeType.INT).setI(number.longValue());
    } else if (value instanceof TensorProto tensor) {
      attribute.setType(AttributeProto.AttributeType.TENSOR).setT(tensor);
    } else {
      attribute.setType(AttributeProto.AttributeType.INTS);
      ((List<?>) value).forEach(element -> attribute.addInts(((Number) element).longValue()));
    }
    return attribute.build();
  }

  /** Adds a node that splits a value, and returns the names of the parts. */
  List<String> split(String input, int axis, long... sizes) {
    String name = scope + "Split_" + nodes++;
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setName(name)
            .setOpType("Split")
            .addInput(input)
            .addInput(longs(sizes))
            .addAttribute(attribute("axis", axis));
    for (int i = 0; i < sizes.length; i++) {
      node.addOutput(name + "_" + i);
    }
    graph.addNode(node);
    return node.getOutputList();
  }

  /** Adds a node that splits a value in the middle. */
  List<String> halves(String input, int axis) {
    String name = scope + "Split_" + nodes++;
    NodeProto node =
        NodeProto.newBuilder()
            .setName(name)
            .setOpType("Split")
            .addInput(input)
            .addAttribute(attribute("axis", axis))
            .addAttribute(attribute("num_outputs", 2))
            .addOutput(name + "_0")
            .addOutput(name + "_1")
            .build();
    graph.addNode(node);
    return node.getOutputList();
  }

  String cast(String input, DataType type) {
    return node("Cast", Map.of("to", type.getNumber()), input);
  }

  /** INT64 [values.length], as shapes are. */
  String longs(long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(
        "int64" + Arrays.toString(values),
        tensor(DataType.INT64, bytes).addDims(values.length).build());
  }

  /** FLOAT [values.length]. */
  String floats(String name, float... values) {
    return constant(name, tensor(DataType.FLOAT, bytes(values)).addDims(values.length).build());
  }

  /** FLOAT []. */
  String scalar(float value) {
    return constant("float " + value, tensor(DataType.FLOAT, bytes(value)).build());
  }

  /** DOUBLE []. */
  String wideScalar(double value) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Double.BYTES).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).flip();
    return constant("double " + value, tensor(DataType.DOUBLE, bytes).build());
  }

  /** UINT8 []. */
  String unsigned(int value) {
    return constant(
        "uint8 " + value,
        tensor(DataType.UINT8, ByteBuffer.wrap(new byte[] {(byte) value})).build());
  }

  /** BOOL [1]: true. */
  String yes() {
    return constant(
        "true", tensor(DataType.BOOL, ByteBuffer.wrap(new byte[] {1})).addDims(1).build());
  }

  private static ByteBuffer bytes(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  private static TensorProto.Builder tensor(DataType type, ByteBuffer content) {
    return TensorProto.newBuilder()
        .setDataType(type.getNumber())
        .setRawData(ByteString.copyFrom(content));
  }

  private String constant(String name, TensorProto tensor) {
    if (constants.add(name)) {
      graph.addInitializer(tensor.toBuilder().setName(name));
    }
    return name;
  }

  /** Adds a tensor that lies in another file. */
  void initializer(TensorProto tensor) {
    graph.addInitializer(tensor);
  }

  GraphProto build() {
    return graph.build();
  }
}
