package dev.bookend.triton.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.bookend.triton.TritonException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What README.md shows is what there is. */
class ReadmeTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/bookend/triton/example/ReadmeExample.java");

  /** The part of the README between two marks. */
  static String readme(String begin, String end) throws IOException {
    return between(Path.of("README.md"), begin, end);
  }

  private static String between(Path file, String begin, String end) throws IOException {
    String text = Files.readString(file);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(end, from);
    assertFalse(from < begin.length() || to < 0, file + " lacks " + begin + " or " + end);
    return text.substring(from, to);
  }

  @Test
  void exampleIsTheOneThatIsTested() throws Exception {
    String code = between(EXAMPLE, "// README begins\n", "\n    // README ends").stripIndent();
    assertEquals(code, readme("```java\n", "\n```"));
  }

  @ParameterizedTest
  @EnumSource
  void everyKindOfErrorIsExplained(Kind kind) throws Exception {
    assertFalse(readme("| `" + kind + "` |", "\n").isBlank());
  }
}
