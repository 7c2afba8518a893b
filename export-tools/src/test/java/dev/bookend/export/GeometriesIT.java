package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.util.Float16Utils;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.bookend.model.architecture.ModelTensors;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Models of the sizes that people use, read from files of their real size. */
class GeometriesIT {
  private static final int EDGE_LAYERS = 4;
  private static final int TENSORS_PER_LAYER = 9;
  private static final long ALLOWED = 2L << 30; // garbage included

  @TempDir private Path models;
  @TempDir private Path repository;

  /** Takes 10.5 GB of disk and a minute or more: {@code -Dlarge=true}. */
  @Test
  @EnabledIfSystemProperty(named = "large", matches = "true")
  void mistral7bIsWrittenWholeInBoundedMemory(TestReporter reporter) throws Exception {
    try (Checkpoint checkpoint = SparseCheckpoint.MISTRAL_7B.write(models)) {
      assertEquals(SparseCheckpoint.MISTRAL_7B.parameters(), parameters(checkpoint));
      int to = checkpoint.config().layers() - EDGE_LAYERS;
      AtomicLong most = new AtomicLong();
      long start = System.nanoTime();
      ExportedModel model =
          MiddleExport.write(
              checkpoint,
              EDGE_LAYERS,
              to,
              ExportOptions.DEFAULT.withPrecision(Precision.FP16),
              repository,
              (what, done, total) -> most.accumulateAndGet(Memory.used(), Math::max));
      double seconds = (System.nanoTime() - start) / 1e9;
      assertTrue(most.get() < ALLOWED, most + " bytes of memory");
      Path onnx = model.directory().resolve("1/model.onnx");
      GraphProto graph = ModelProto.parseFrom(Files.readAllBytes(onnx)).getGraph();
      long bytes = Files.size(onnx.resolveSibling("model.onnx.data"));
      assertLaidOut(graph, checkpoint, to, bytes);
      assertMarked(graph, onnx.resolveSibling("model.onnx.data"));
      reporter.publishEntry(
          Map.of(
              "seconds", Double.toString(seconds),
              "memory", most.toString(),
              "bytes", Long.toString(model.bytes())));
    }
  }

  /** Checks all that is decided before the first weight is copied; 17 GB would follow. */
  @Test
  void mistralNemo12bIsLaidOutRight() throws Exception {
    try (Checkpoint checkpoint = SparseCheckpoint.MISTRAL_NEMO_12B.write(models)) {
      assertEquals(SparseCheckpoint.MISTRAL_NEMO_12B.parameters(), parameters(checkpoint));
      int to = checkpoint.config().layers() - EDGE_LAYERS;
      ExternalData weights = new ExternalData(checkpoint, Precision.FP16, "model.onnx.data");
      ExportOptions options = ExportOptions.DEFAULT.withPrecision(Precision.FP16);
      GraphProto graph =
          DecoderGraph.of(
              checkpoint.config(), EDGE_LAYERS, to, OptionalInt.empty(), options, weights);
      assertLaidOut(graph, checkpoint, to, weights.bytes());
      long middle = layerParameters(checkpoint) * (to - EDGE_LAYERS);
      assertTrue(weights.bytes() >= 2 * middle, weights.bytes() + " bytes");
      assertTrue(weights.bytes() < 2 * middle + (2 << 20), weights.bytes() + " bytes");
      assertTrue(
          graph.getSerializedSize() < 1 << 20, graph.getSerializedSize() + " bytes of graph");
    }
  }

  private static long parameters(Checkpoint checkpoint) {
    return checkpoint.tensorNames().stream()
        .mapToLong(name -> Arrays.stream(checkpoint.shape(name)).reduce(1, (a, b) -> a * b))
        .sum();
  }

  private static long layerParameters(Checkpoint checkpoint) {
    ModelTensors tensors = checkpoint.config().tensors();
    return tensors.layer().stream()
        .mapToLong(tensor -> Arrays.stream(tensors.shape(tensor)).reduce(1, (a, b) -> a * b))
        .sum();
  }

  /**
   * Checks that the tensors follow each other to the end of the file, each with its shape and on a
   * page of its own.
   */
  private static void assertLaidOut(GraphProto graph, Checkpoint checkpoint, int to, long bytes) {
    long end = 0;
    int tensors = 0;
    for (TensorProto tensor : graph.getInitializerList()) {
      if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
        continue;
      }
      long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
      assertArrayEquals(checkpoint.shape(tensor.getName()), shape, tensor.getName());
      assertEquals(TensorProto.DataType.FLOAT16.getNumber(), tensor.getDataType());
      assertEquals((end + 4095) / 4096 * 4096, offset(tensor), tensor.getName());
      long length = Long.parseLong(tensor.getExternalData(2).getValue());
      assertEquals(2 * Arrays.stream(shape).reduce(1, (a, b) -> a * b), length);
      end = offset(tensor) + length;
      tensors++;
    }
    assertEquals(TENSORS_PER_LAYER * (to - EDGE_LAYERS), tensors);
    assertEquals(bytes, end);
  }

  private static long offset(TensorProto tensor) {
    assertEquals("offset", tensor.getExternalData(1).getKey());
    return Long.parseLong(tensor.getExternalData(1).getValue());
  }

  private static void assertMarked(GraphProto graph, Path data) throws Exception {
    try (FileChannel file = FileChannel.open(data)) {
      for (TensorProto tensor : graph.getInitializerList()) {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
          long first = offset(tensor);
          long last = first + Long.parseLong(tensor.getExternalData(2).getValue()) - Short.BYTES;
          for (long at : new long[] {first, last}) {
            ByteBuffer number = ByteBuffer.allocate(Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            assertEquals(Short.BYTES, file.read(number, at));
            assertEquals(
                SparseCheckpoint.mark(tensor.getName()),
                Float16Utils.halfToFloat(number.getShort(0)),
                tensor.getName());
          }
        }
      }
    }
  }
}
