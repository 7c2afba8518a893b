package dev.bookend.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The inputs that fuzzing begins with, and those in which it has found something. CONTRIBUTING.md
 * says how to look for more.
 */
class FuzzCorpusTest {
  private static final Map<String, Consumer<byte[]>> TARGETS =
      Map.of(
          "AnswerFuzz", AnswerFuzz::fuzzerTestOneInput,
          "ConfigFuzz", ConfigFuzz::fuzzerTestOneInput,
          "GgufFuzz", GgufFuzz::fuzzerTestOneInput,
          "IndexFuzz", IndexFuzz::fuzzerTestOneInput,
          "SafetensorsFuzz", SafetensorsFuzz::fuzzerTestOneInput,
          "SchemaFuzz", SchemaFuzz::fuzzerTestOneInput,
          "TemplateFuzz", TemplateFuzz::fuzzerTestOneInput,
          "TokenizerFuzz", TokenizerFuzz::fuzzerTestOneInput);

  static Stream<String> targets() {
    return TARGETS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void noInputOfTheCorpusDoesHarm(String target) throws IOException {
    List<Path> inputs;
    try (Stream<Path> files = Files.list(Path.of("src", "test", "fuzz", target))) {
      inputs = files.sorted().toList();
    }
    assertTrue(inputs.size() > 1, "the corpus is lost");
    for (Path input : inputs) {
      TARGETS.get(target).accept(Files.readAllBytes(input));
    }
  }
}
