package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.TextFormat;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.store.Progress;
import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelInstanceGroup;
import dev.bookend.triton.proto.ModelSequenceBatching;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in the repository after an export, and what is not. */
class RepositoryTest {
  private static final int FROM = 1;
  private static final int TO = 3;

  @TempDir private Path repository;

  private ExportedModel export(Checkpoint checkpoint, ExportOptions options) {
    return MiddleExport.write(checkpoint, FROM, TO, options, repository, (what, done, total) -> {});
  }

  private static ModelProto onnx(ExportedModel model) throws IOException {
    return ModelProto.parseFrom(Files.readAllBytes(model.directory().resolve("1/model.onnx")));
  }

  private static ModelConfig config(ExportedModel model) throws IOException {
    ModelConfig.Builder config = ModelConfig.newBuilder();
    String text = Files.readString(model.directory().resolve("config.pbtxt"));
    TextFormat.Parser.newBuilder()
        .build()
        .merge(text, ExtensionRegistry.getEmptyRegistry(), config);
    return config.build();
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private static boolean isMiddle(String tensor) {
    return tensor.startsWith("model.layers.1.") || tensor.startsWith("model.layers.2.");
  }

  @ParameterizedTest
  @EnumSource
  void holdsTheTensorsOfTheMiddleAsTheCheckpointHasThem(Families family) throws IOException {
    RandomCheckpoint checkpoint = family.checkpoint();
    ExportedModel model = export(checkpoint, ExportOptions.DEFAULT);
    byte[] data = Files.readAllBytes(model.directory().resolve("1/model.onnx.data"));
    byte[] unclaimed = data.clone();
    Set<String> found = new TreeSet<>();
    for (TensorProto tensor : onnx(model).getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        Map<String, String> place =
            tensor.getExternalDataList().stream()
                .collect(
                    Collectors.toMap(
                        StringStringEntryProto::getKey, StringStringEntryProto::getValue));
        assertEquals("model.onnx.data", place.get("location"));
        int offset = Integer.parseInt(place.get("offset"));
        int length = Integer.parseInt(place.get("length"));
        assertEquals(0, offset % 4096, tensor.getName());
        assertEquals(
            checkpoint.read(tensor.getName(), FloatType.F32),
            ByteBuffer.wrap(data, offset, length),
            tensor.getName());
        assertEquals(
            Arrays.stream(checkpoint.shape(tensor.getName())).boxed().toList(),
            tensor.getDimsList());
        Arrays.fill(unclaimed, offset, offset + length, (byte) 0);
        found.add(tensor.getName());
      } else {
        assertTrue(tensor.getRawData().size() <= 64, tensor.getName() + " is no constant");
      }
    }
    Set<String> middle =
        checkpoint.tensorNames().stream()
            .filter(RepositoryTest::isMiddle)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(middle, found);
    assertEquals(middle.size(), model.tensors());
    assertArrayEquals(new byte[data.length], unclaimed, "between the tensors");
  }

  /** No file holds weights or texts of the edge, wherever in it they might be. */
  @ParameterizedTest
  @EnumSource
  void nothingOfTheEdgeIsInAnyFile(Backend backend) throws IOException {
    RandomCheckpoint checkpoint = Families.QWEN3.checkpoint();
    ExportedModel model = export(checkpoint, ExportOptions.DEFAULT.withBackend(backend));
    assertEquals(
        switch (backend) {
          case ONNXRUNTIME ->
              List.of("1/model.onnx", "1/model.onnx.data", "config.pbtxt", "probe.sh");
          case PYTHON ->
              List.of(
                  "1/model.onnx", "1/model.onnx.data", "1/model.py", "config.pbtxt", "probe.sh");
          case TENSORRT ->
              List.of(
                  "build-engine.sh",
                  "config.pbtxt",
                  "onnx/model.onnx",
                  "onnx/model.onnx.data",
                  "probe.sh");
        },
        files(model.directory()));
    StringBuilder all = new StringBuilder();
    for (String file : files(repository)) {
      byte[] content = Files.readAllBytes(repository.resolve(file));
      all.append(new String(content, StandardCharsets.ISO_8859_1));
    }
    assertEquals(model.bytes(), all.length());
    for (String tensor : checkpoint.tensorNames()) {
      byte[] head = new byte[16];
      checkpoint.read(tensor, FloatType.F32).get(head);
      assertEquals(
          isMiddle(tensor),
          all.indexOf(new String(head, StandardCharsets.ISO_8859_1)) >= 0,
          "the numbers of " + tensor);
      assertEquals(isMiddle(tensor), all.indexOf(tensor) >= 0, "the name " + tensor);
    }
  }

  @Test
  void theConfigurationIsTheOneThatWasMeasured() throws IOException {
    RandomCheckpoint checkpoint = Families.LLAMA.checkpoint();
    ExportedModel model =
        export(
            checkpoint,
            ExportOptions.DEFAULT.withMaxSessions(7).withMaxTokensPerStep(33).withMaxContext(512));
    ModelConfig config = config(model);
    assertEquals("middle-1-3", config.getName());
    assertEquals("onnxruntime", config.getBackend());
    assertEquals(0, config.getMaxBatchSize());
    assertEquals(
        List.of(
            "hidden TYPE_FP32 [-1, 24]",
            "positions TYPE_INT32 [-1]",
            "slots TYPE_INT32 [-1]",
            "cached TYPE_BOOL [-1]",
            "tree TYPE_BOOL [-1, -1]"),
        config.getInputList().stream()
            .map(input -> input.getName() + " " + input.getDataType() + " " + input.getDimsList())
            .toList());
    assertEquals(
        List.of("hidden_out [-1, 24]", "taps [-1, 24]"),
        config.getOutputList().stream()
            .map(output -> output.getName() + " " + output.getDimsList())
            .toList());

    assertEquals(1, config.getInstanceGroup(0).getCount());

    ModelSequenceBatching batching = config.getSequenceBatching();
    assertEquals(600_000_000, batching.getMaxSequenceIdleMicroseconds());
    assertEquals(7, batching.getOldest().getMaxCandidateSequences());
    assertEquals(
        List.of(
            "past_key_values.01.key present.01.key",
            "past_key_values.01.value present.01.value",
            "past_key_values.02.key present.02.key",
            "past_key_values.02.value present.02.value"),
        batching.getStateList().stream()
            .map(state -> state.getInputName() + " " + state.getOutputName())
            .toList());
    for (ModelSequenceBatching.State state : batching.getStateList()) {
      assertEquals(List.of(2L, -1L, 8L), state.getDimsList());
      assertEquals(DataType.TYPE_FP32, state.getDataType());
      assertFalse(state.getUseSameBufferForInputOutput());
      ModelSequenceBatching.InitialState initial = state.getInitialState(0);
      assertEquals(List.of(2L, 1L, 8L), initial.getDimsList());
      assertEquals(DataType.TYPE_FP32, initial.getDataType());
      assertTrue(initial.getZeroData());
      assertFalse(initial.getName().isEmpty());
    }

    Map<String, String> parameters = new HashMap<>();
    config.getParametersMap().forEach((key, value) -> parameters.put(key, value.getStringValue()));
    Map<String, String> expected = new HashMap<>(Contract.of(checkpoint, FROM, TO).toParameters());
    expected.put("bookend.max_tokens_per_step", "33");
    expected.put("bookend.max_context", "512");
    expected.put("bookend.max_slots", "576"); // 512 + 33, in units of 64
    expected.put("bookend.precision", "fp32");
    expected.put("bookend.tapped_layer", "2");
    expected.put("bookend.architecture", "llama");
    expected.put(
        "bookend.tokenizer", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    assertEquals(expected, parameters);
  }

  @Test
  void aStepHasNoMoreTokensThanASessionHasPositions() throws IOException {
    ModelConfig config =
        config(
            export(
                Families.LLAMA.checkpoint(),
                ExportOptions.DEFAULT.withMaxTokensPerStep(Integer.MAX_VALUE).withMaxContext(100)));
    assertEquals("100", config.getParametersOrThrow(Contract.MAX_TOKENS_PER_STEP).getStringValue());
    assertEquals("256", config.getParametersOrThrow(Contract.MAX_SLOTS).getStringValue());
  }

  @Test
  void thePythonBackendKeepsItsOwnState() throws IOException {
    ModelConfig config =
        config(
            export(Families.LLAMA.checkpoint(), ExportOptions.DEFAULT.withBackend(Backend.PYTHON)));
    assertEquals("python", config.getBackend());
    assertEquals(0, config.getSequenceBatching().getStateCount());
    assertEquals(16, config.getSequenceBatching().getOldest().getMaxCandidateSequences());
    assertEquals("256", config.getParametersOrThrow(Contract.MAX_TOKENS_PER_STEP).getStringValue());
    assertEquals("1024", config.getParametersOrThrow(Contract.MAX_CONTEXT).getStringValue());
  }

  /** Rounding may cost half of a scale, and nothing for the largest number of a row. */
  @Test
  void int8WeightsAreRoundedByRow() throws IOException {
    RandomCheckpoint checkpoint = Families.QWEN2.checkpoint();
    ExportedModel model = export(checkpoint, ExportOptions.DEFAULT.withInt8Weights(true));
    Int8Checkpoint stored = new Int8Checkpoint(checkpoint, model.directory().resolve("1"));
    int matrices = 0;
    for (String tensor :
        checkpoint.tensorNames().stream().filter(RepositoryTest::isMiddle).toList()) {
      long[] shape = checkpoint.shape(tensor);
      float[] expected = floats(checkpoint.read(tensor, FloatType.F32));
      float[] actual = floats(stored.read(tensor, FloatType.F32));
      if (shape.length == 1) {
        assertArrayEquals(expected, actual, tensor);
        continue;
      }
      matrices++;
      int width = (int) shape[1];
      for (int row = 0; row < shape[0]; row++) {
        float largest = 0;
        for (int i = row * width; i < (row + 1) * width; i++) {
          largest = Math.max(largest, Math.abs(expected[i]));
        }
        for (int i = row * width; i < (row + 1) * width; i++) {
          assertEquals(expected[i], actual[i], largest / 127 * 0.5001, tensor + " row " + row);
        }
      }
    }
    assertEquals(2 * 7, matrices);
    assertEquals(2 * 12, model.tensors());
  }

  @Test
  void integerLayersAreForCpusAndSayWhatTheyAre() throws IOException {
    ExportOptions options = ExportOptions.DEFAULT.withPrecision(Precision.INT8);
    ModelConfig config = config(export(Families.LLAMA.checkpoint(), options));
    assertEquals("int8", config.getParametersOrThrow(Contract.PRECISION).getStringValue());
    assertEquals(ModelInstanceGroup.Kind.KIND_CPU, config.getInstanceGroup(0).getKind());
    assertEquals(DataType.TYPE_FP32, config.getInput(0).getDataType());
    String refused =
        assertThrows(IllegalArgumentException.class, () -> options.withBackend(Backend.TENSORRT))
            .getMessage();
    assertTrue(refused.contains("tensorrt"), refused);
  }

  private static float[] floats(ByteBuffer buffer) {
    float[] values = new float[buffer.remaining() / Float.BYTES];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void theSameModelGivesTheSameFiles() throws IOException {
    ExportedModel a = export(Families.QWEN2.checkpoint(), ExportOptions.DEFAULT.withName("a"));
    ExportedModel b = export(Families.QWEN2.checkpoint(), ExportOptions.DEFAULT.withName("b"));
    for (String file : List.of("1/model.onnx", "1/model.onnx.data")) {
      assertEquals(
          -1, Files.mismatch(a.directory().resolve(file), b.directory().resolve(file)), file);
    }
  }

  @Test
  void progressReachesTheWholeFile() {
    List<Long> told = new ArrayList<>();
    MiddleExport.write(
        Families.LLAMA.checkpoint(),
        FROM,
        TO,
        ExportOptions.DEFAULT,
        repository,
        (what, done, total) -> {
          told.add(done);
          assertTrue(done <= total);
        });
    assertEquals(told.stream().sorted().toList(), told);
    assertEquals(
        told.get(told.size() - 1),
        repository.resolve("middle-1-3/1/model.onnx.data").toFile().length());
  }

  @Test
  void aModelThatIsThereIsNotOverwritten() throws IOException {
    export(Families.LLAMA.checkpoint(), ExportOptions.DEFAULT);
    List<String> before = files(repository);
    BookendException failure =
        assertThrows(
            BookendException.class,
            () -> export(Families.QWEN3.checkpoint(), ExportOptions.DEFAULT));
    assertTrue(failure.getMessage().contains("middle-1-3 is there already"), failure.getMessage());
    assertEquals(before, files(repository));
  }

  @Test
  void withoutRoomOnTheDiskNothingIsWritten() throws IOException {
    Checkpoint vast = new VastCheckpoint(Families.LLAMA.checkpoint());
    BookendException failure =
        assertThrows(BookendException.class, () -> export(vast, ExportOptions.DEFAULT));
    assertTrue(failure.getMessage().contains(" are free; make room"), failure.getMessage());
    assertEquals(List.of(), files(repository));
  }

  @Test
  void whatFailsOnTheWayLeavesNothing() throws IOException {
    RuntimeException stop = new IllegalStateException("stop");
    assertEquals(
        stop,
        assertThrows(
            IllegalStateException.class,
            () ->
                MiddleExport.write(
                    Families.LLAMA.checkpoint(),
                    FROM,
                    TO,
                    ExportOptions.DEFAULT,
                    repository,
                    (what, done, total) -> {
                      throw stop;
                    })));
    try (Stream<Path> left = Files.list(repository)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private ExportedModel exportInStages(Checkpoint checkpoint, Progress progress) {
    return StagedExport.write(checkpoint, FROM, TO, 2, ExportOptions.DEFAULT, repository, progress);
  }

  @Test
  void stagesAndTheirEnsembleAreWhole() throws IOException {
    ExportedModel model = exportInStages(Families.LLAMA.checkpoint(), (what, done, total) -> {});
    List<String> expected = new ArrayList<>(List.of("middle-1-3/1/README"));
    for (String directory : List.of("middle-1-3", "middle-1-3-stage-1", "middle-1-3-stage-2")) {
      expected.add(directory + "/config.pbtxt");
      expected.add(directory + "/probe.sh");
    }
    for (int stage = 1; stage <= 2; stage++) {
      expected.add("middle-1-3-stage-" + stage + "/1/model.onnx");
      expected.add("middle-1-3-stage-" + stage + "/1/model.onnx.data");
    }
    assertEquals(expected.stream().sorted().toList(), files(repository));
    long bytes = 0;
    for (String file : files(repository)) {
      bytes += Files.size(repository.resolve(file));
    }
    assertEquals(bytes, model.bytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"middle-1-3", "middle-1-3-stage-1", "middle-1-3-stage-2"})
  void whereAStageOrTheEnsembleIsThereNothingIsWritten(String there) throws IOException {
    Files.createDirectories(repository.resolve(there));
    BookendException failure =
        assertThrows(
            BookendException.class,
            () ->
                exportInStages(
                    Families.LLAMA.checkpoint(),
                    (what, done, total) -> {
                      throw new AssertionError("writes");
                    }));
    assertTrue(failure.getMessage().contains(there + " is there already"), failure.getMessage());
    try (Stream<Path> left = Files.list(repository)) {
      assertEquals(List.of(repository.resolve(there)), left.toList());
    }
  }

  /** There is room for each of the two stages, but not for both. */
  @Test
  void withoutRoomForAllStagesNothingIsWritten() throws IOException {
    Checkpoint small = Families.LLAMA.checkpoint();
    long layer =
        small.tensorNames().stream()
            .filter(tensor -> tensor.startsWith("model.layers.1."))
            .mapToLong(
                tensor ->
                    Float.BYTES * Arrays.stream(small.shape(tensor)).reduce(1, (a, b) -> a * b))
            .sum();
    long free = Files.getFileStore(repository).getUsableSpace();
    Checkpoint vast = new VastCheckpoint(small, free / 10 * 7 / layer);
    BookendException failure =
        assertThrows(BookendException.class, () -> exportInStages(vast, (what, done, total) -> {}));
    assertTrue(failure.getMessage().contains(" are free; make room"), failure.getMessage());
    assertEquals(List.of(), files(repository));
  }

  @Test
  void aStageThatFailsLeavesNoneBehind() throws IOException {
    RuntimeException stop = new IllegalStateException("stop");
    assertEquals(
        stop,
        assertThrows(
            IllegalStateException.class,
            () ->
                exportInStages(
                    Families.LLAMA.checkpoint(),
                    (what, done, total) -> {
                      if (Files.exists(repository.resolve("middle-1-3-stage-1"))) {
                        throw stop;
                      }
                    })));
    try (Stream<Path> left = Files.list(repository)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void wrongRangesAndLimitsAreRefusedInWords() {
    Checkpoint checkpoint = Families.LLAMA.checkpoint();
    for (int[] range : new int[][] {{-1, 2}, {2, 2}, {3, 1}, {0, 5}}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              MiddleExport.write(
                  checkpoint,
                  range[0],
                  range[1],
                  ExportOptions.DEFAULT,
                  repository,
                  (what, done, total) -> {}));
    }
    BookendException context =
        assertThrows(
            BookendException.class,
            () -> export(checkpoint, ExportOptions.DEFAULT.withMaxContext(2048)));
    assertEquals(ErrorCode.EXPORT_DOES_NOT_FIT, context.code());
    assertTrue(context.getMessage().contains("2048 is longer than the 1024"), context.getMessage());
    for (String name : List.of("", "a/b", "..", "-x", "a b")) {
      assertThrows(
          IllegalArgumentException.class, () -> ExportOptions.DEFAULT.withName(name), name);
    }
    assertThrows(IllegalArgumentException.class, () -> ExportOptions.DEFAULT.withMaxSessions(0));
  }

  /** Triton pairs the states by the place of their names in two sorted lists. */
  @Test
  void stateNamesSortAlike() {
    assertEquals("past_key_values.098.key", CacheState.of(98, 101).get(0).past());
    CacheState.of(0, 200); // checks itself
    assertThrows(
        IllegalStateException.class,
        () ->
            CacheState.requireSameOrder(
                List.of(
                    new CacheState("past.9", "present.09"),
                    new CacheState("past.10", "present.10"))));
  }
}
