package dev.bookend.examples.triton;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.testing.TritonServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example against a real Triton server. */
class AskIT {
  @Test
  void aModelAnswersZeros() {
    Path models = Path.of("../../triton-client/src/test/resources/models");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (TritonServer server = TritonServer.start(models);
        PrintStream out = new PrintStream(printed, true, UTF_8)) {
      Ask.ask(server.endpoint().toString(), "echo", out);
    }
    String text = printed.toString(UTF_8);
    assertTrue(text.startsWith("triton is ready: true\n"), text);
    assertTrue(text.contains("got out_fp32 FP32[1]"), text);
  }
}
