package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.SecurityTable.Row;
import dev.bookend.model.contract.Contract;
import dev.bookend.triton.testing.SecuredServer;
import dev.bookend.triton.testing.SecuredServer.Secret;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each row of the operator guide's table, on a gRPC server in this process. */
@Timeout(120)
class SecurityTableTest {
  private static final Contract CONTRACT = new Contract("0".repeat(64), 4, 1, 3, 24);

  @TempDir private static Path directory;

  private static SecurityTable table;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private PrintStream before;

  @BeforeAll
  static void issue() {
    table = new SecurityTable(directory);
  }

  @BeforeEach
  void catchOutput() {
    before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restoreOutput() {
    System.setOut(before);
  }

  static List<Row> rows() throws IOException {
    return SecurityTable.rows();
  }

  @Test
  void theTableIsFound() throws Exception {
    assertTrue(rows().size() > 30, rows().toString());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void whoIsLetInIsWhatTheGuideSays(Row row) throws Exception {
    try (SecuredServer server = start(row)) {
      String address =
          row.server().endsWith("on another machine")
              ? "192.0.2.1:8001" // for documentation; nothing is sent there
              : "localhost:" + server.port();
      List<String> arguments =
          new ArrayList<>(List.of("doctor", "--probe", "--cloud-timeout", "60"));
      arguments.addAll(table.flags(row, address));
      int code = run(arguments);
      String output = printed.toString(StandardCharsets.UTF_8);
      assertEquals(row.code(), code, output);
      assertTrue(
          row.works() ? output.startsWith("computes") : output.contains(row.outcome()), output);
      assertFalse(output.contains(SecurityTable.SECRET), output);
    }
  }

  private int run(List<String> arguments) {
    return Main.commandLine()
        .setErr(new PrintWriter(printed, true, StandardCharsets.UTF_8))
        .execute(arguments.toArray(String[]::new));
  }

  private static SecuredServer start(Row row) throws IOException {
    Optional<Identity> identity =
        switch (row.server()) {
          case "no TLS", "no TLS, on another machine" -> Optional.empty();
          case "TLS", "mutual TLS" -> Optional.of(table.server);
          case "TLS, expired" -> Optional.of(table.ours.issueExpired("localhost"));
          case "TLS, other host" -> Optional.of(table.ours.issue("elsewhere"));
          default -> throw new AssertionError(row.server());
        };
    Optional<TestAuthority> clients =
        row.server().startsWith("mutual") ? Optional.of(table.ours) : Optional.empty();
    Optional<Secret> secret =
        switch (row.asksFor()) {
          case "nothing" -> Optional.empty();
          case "header" -> Optional.of(Secret.restricted(SecurityTable.KEY, SecurityTable.SECRET));
          case "token" -> Optional.of(Secret.bearer(SecurityTable.SECRET));
          default -> throw new AssertionError(row.asksFor());
        };
    return SecuredServer.start(identity, clients, secret, CONTRACT.toParameters());
  }
}
