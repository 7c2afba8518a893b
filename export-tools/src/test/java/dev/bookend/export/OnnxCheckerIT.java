package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every family in every precision, checked by ONNX's own checker. */
class OnnxCheckerIT {
  private static final List<String> PACKAGES =
      List.of(
          "onnx==1.23.2",
          "numpy==2.2.6",
          "protobuf==6.33.6",
          "ml_dtypes==0.5.4",
          "typing_extensions==4.16.0");

  @TempDir private Path repository;

  private static Python python;

  @BeforeAll
  static void install() {
    python = Python.with("onnx-1.23.2", PACKAGES);
  }

  private Path export(
      Checkpoint checkpoint, int from, int to, Precision precision, boolean int8, String name) {
    ExportOptions options =
        ExportOptions.DEFAULT.withPrecision(precision).withInt8Weights(int8).withName(name);
    return MiddleExport.write(checkpoint, from, to, options, repository, (what, done, total) -> {})
        .directory()
        .resolve("1/model.onnx");
  }

  @Test
  void findsNothingWrongInAnyFamilyAndPrecision() throws Exception {
    List<Path> models = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      for (boolean int8 : new boolean[] {false, true}) {
        for (Families family : Families.values()) {
          String name = family + "-" + precision + (int8 ? "-int8" : "");
          models.add(export(family.checkpoint(), 1, 3, precision, int8, name));
        }
      }
    }
    try (Checkpoint sample = SampleModel.open()) {
      models.add(export(sample, 4, 26, Precision.FP32, false, "sample"));
    }
    Python.Result result = python.run("check_onnx.py", models.toArray());
    assertEquals(0, result.code(), result.output());
    assertEquals(models.size(), result.output().lines().count(), result.output());
  }

  @Test
  void findsWhatIsMadeWrong() throws Exception {
    assertFound("NoSuchOperator", node -> node.setOpType("NoSuchOperator"));
    assertFound("Gemm", node -> node.setInput(1, "float -0.5"));
    Path model = export(Families.QWEN3.checkpoint(), 1, 3, Precision.FP32, false, "bare");
    Files.delete(model.resolveSibling("model.onnx.data"));
    Python.Result result = python.run("check_onnx.py", model);
    assertNotEquals(0, result.code(), "without its weights");
  }

  /** Breaks the graph's first matrix multiplication. */
  private void assertFound(String complaint, Consumer<NodeProto.Builder> fault) throws Exception {
    Path model = export(Families.QWEN3.checkpoint(), 1, 3, Precision.FP32, false, complaint);
    ModelProto.Builder broken = ModelProto.parseFrom(Files.readAllBytes(model)).toBuilder();
    fault.accept(
        broken.getGraphBuilder().getNodeBuilderList().stream()
            .filter(node -> node.getOpType().equals("Gemm"))
            .findFirst()
            .orElseThrow());
    Files.write(model, broken.build().toByteArray());
    Python.Result result = python.run("check_onnx.py", model);
    assertNotEquals(0, result.code(), result.output());
    assertTrue(result.output().contains(complaint), result.output());
  }
}
