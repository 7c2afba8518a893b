package dev.bookend.triton.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.triton.testing.TritonServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example against a real Triton server. */
class ReadmeIT {
  @Test
  void exampleSaysWhatTheReadmeSays() throws Exception {
    Path models = Path.of(ReadmeIT.class.getResource("/models").toURI());
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (TritonServer server = TritonServer.start(models);
        PrintStream out = new PrintStream(printed, true, UTF_8)) {
      ReadmeExample.run(server.endpoint().toString(), out);
    }
    assertEquals(ReadmeTest.readme("```text\n", "```"), printed.toString(UTF_8));
  }
}
