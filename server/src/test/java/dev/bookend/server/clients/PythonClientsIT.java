package dev.bookend.server.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.server.BookendServer;
import dev.bookend.server.ServedSample;
import dev.bookend.server.ServerOptions;
import dev.bookend.server.tools.CallingSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients for Python, and curl. */
@ExtendWith(CallingSample.Shared.class)
class PythonClientsIT {
  private static final String KEY = "key-of-the-test";

  private static BookendServer open;
  private static BookendServer locked;

  @BeforeAll
  static void open(ServedSample served) {
    ServerOptions options =
        ServerOptions.of("sample")
            .withNames(List.of("sample", "smollm2"))
            .withAddress("127.0.0.1", 0);
    open = BookendServer.start(served.bookend(), options);
    locked = BookendServer.start(served.bookend(), options.withKeys(List.of(KEY)));
  }

  @AfterAll
  static void close() {
    open.close();
    locked.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai_client.py", "ollama_client.py"})
  void aClientThatOthersWroteFindsWhatItExpects(String script)
      throws IOException, InterruptedException {
    Path file = Clients.SCRIPTS.resolve(script);
    assertEquals(
        "done\n",
        Clients.run(List.of(Clients.python().toString(), file.toString(), locked.url(), KEY)));
    long end = System.nanoTime() + 30_000_000_000L;
    while (locked.running() > 0 && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertEquals(0, locked.running());
  }

  @Test
  void thePythonOfThePageRuns() throws IOException, InterruptedException {
    List<String> programs = Clients.ofPage("python", open.url());
    assertEquals(2, programs.size());
    for (String program : programs) {
      String output = Clients.run(List.of(Clients.python().toString(), "-c", program));
      assertFalse(output.isBlank());
    }
  }

  @Test
  void theCommandsOfThePageRun() throws IOException, InterruptedException {
    List<String> commands = Clients.ofPage("sh", open.url());
    assertEquals(4, commands.size());
    for (String command : commands) {
      String output = Clients.run(List.of("sh", "-c", command));
      assertTrue(output.contains("\"choices\""), output);
    }
  }
}
