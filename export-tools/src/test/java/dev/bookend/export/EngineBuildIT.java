package dev.bookend.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The engine build as a user runs it, on a machine without a GPU, with TensorRT-RTX in the place of
 * TensorRT. The two share parser and builder, so a graph that one refuses is most likely refused by
 * the other. Triton cannot use the engine itself.
 */
class EngineBuildIT {
  private static final List<String> PACKAGES =
      List.of("tensorrt-rtx-cu12-bindings==1.7.1.116", "tensorrt-rtx-cu12-libs==1.7.1.116");

  @TempDir private static Path tools;
  @TempDir private Path repository;

  private static Path trtexec;

  @BeforeAll
  static void install() throws Exception {
    Path python = Python.with("tensorrt-rtx-1.7.1.116", PACKAGES).executable();
    Path script = Path.of(EngineBuildIT.class.getResource("trtexec_rtx.py").toURI());
    trtexec = tools.resolve("trtexec");
    Files.writeString(trtexec, "#!/bin/sh\nexec " + python + " " + script + " \"$@\"\n");
    assertTrue(trtexec.toFile().setExecutable(true));
  }

  private ExportedModel export(Checkpoint checkpoint, int from, int to, ExportOptions options) {
    return MiddleExport.write(
        checkpoint,
        from,
        to,
        options.withBackend(Backend.TENSORRT),
        repository,
        (what, done, total) -> {});
  }

  /** Runs the script and returns what the builder has printed about the tensors. */
  private static String build(ExportedModel model) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("sh", model.directory().resolve("build-engine.sh").toString())
            .redirectErrorStream(true);
    builder.environment().put("TRTEXEC", trtexec.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  @ParameterizedTest
  @CsvSource({"FP32, false, FLOAT", "FP16, false, HALF", "FP32, true, FLOAT", "FP16, true, HALF"})
  void everyKindOfWeightsGivesAnEngine(Precision precision, boolean int8, String type)
      throws Exception {
    ExportOptions options =
        ExportOptions.DEFAULT.withPrecision(precision).withInt8Weights(int8).withMaxContext(1000);
    ExportedModel model = export(Families.QWEN3.checkpoint(), 1, 3, options);
    String tensors = build(model);
    assertTrue(Files.size(model.directory().resolve("1/model.plan")) > 10_000, tensors);
    for (String tensor :
        List.of(
            "hidden " + type + " (-1, 24)",
            "positions INT32 (-1,)",
            "slots INT32 (-1,)",
            "cached BOOL (-1,)",
            "tree BOOL (-1, -1)",
            "past_key_values.02.value " + type + " (2, -1, 16)",
            "hidden_out " + type + " (-1, 24)",
            "present.02.value " + type + " (2, -1, 16)")) {
      assertTrue(tensors.contains(tensor + "\n"), tensor + " is not in\n" + tensors);
    }
  }

  @ParameterizedTest
  @CsvSource({"LLAMA", "MISTRAL", "QWEN2", "PARTLY_ROTATED"})
  void everyFamilyGivesAnEngine(Families family) throws Exception {
    ExportedModel model = export(family.checkpoint(), 1, 3, ExportOptions.DEFAULT);
    build(model);
    assertTrue(Files.exists(model.directory().resolve("1/model.plan")));
  }

  @Test
  void theSampleModelGivesAnEngineWithItsWeights() throws Exception {
    try (Checkpoint sample = SampleModel.open()) {
      ExportedModel model =
          export(sample, 4, 26, ExportOptions.DEFAULT.withPrecision(Precision.FP16));
      build(model);
      long weights = Files.size(model.directory().resolve("onnx/model.onnx.data"));
      assertTrue(Files.size(model.directory().resolve("1/model.plan")) > weights / 2);
    }
  }
}
