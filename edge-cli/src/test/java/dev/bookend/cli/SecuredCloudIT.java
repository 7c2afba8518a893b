package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.Launched.Result;
import dev.bookend.cli.SecurityTable.Row;
import dev.bookend.triton.testing.TritonServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real Triton server that asks for a certificate and a header, and holds no model: whoever gets
 * in is told so (exit code 5), whoever does not is refused (4).
 */
class SecuredCloudIT {
  @TempDir private static Path directory;

  private static SecurityTable table;
  private static TritonServer server;

  @BeforeAll
  static void start() throws Exception {
    table = new SecurityTable(directory);
    server =
        TritonServer.start(
            Files.createDirectory(directory.resolve("models")),
            "--grpc-use-ssl-mutual=true",
            "--grpc-server-cert=" + table.server.certificate(),
            "--grpc-server-key=" + table.server.key(),
            "--grpc-root-cert=" + table.ours.certificate(),
            "--grpc-restricted-protocol=health,metadata,model-repository:"
                + SecurityTable.KEY
                + "="
                + SecurityTable.SECRET);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  static List<Row> rows() throws IOException {
    return SecurityTable.rows().stream()
        .filter(row -> row.server().equals("mutual TLS") && row.asksFor().equals("header"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void whoIsLetInIsWhatTheGuideSays(Row row) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("generate"));
    arguments.addAll(table.flags(row, "localhost:" + server.port()));
    arguments.add("hi");
    Result result = Launched.run(arguments.toArray(String[]::new));
    if (row.works()) {
      assertFails(5, "no middle", result);
    } else {
      assertFails(row.code(), row.outcome(), result);
    }
  }

  private static void assertFails(int code, String message, Result result) {
    assertEquals(code, result.code(), result.err());
    assertTrue(result.err().contains(message), result.err());
    assertEquals("", result.out());
  }

  @Test
  void aTokenDoesNotTravelInTheClear() throws Exception {
    try (Launched launched =
        Launched.start(
            "",
            Map.of("BOOKEND_TOKEN", SecurityTable.SECRET),
            "generate",
            "--cloud",
            "grpc://localhost:" + server.port(),
            "hi")) {
      Result result = launched.await();
      assertFails(2, "BOOKEND_TOKEN would travel in the clear", result);
      assertTrue(!result.err().contains(SecurityTable.SECRET), result.err());
    }
  }
}
