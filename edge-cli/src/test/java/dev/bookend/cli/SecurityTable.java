package dev.bookend.cli;

import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The operator guide's table of who is let in, and the flags and files that its words stand for.
 */
final class SecurityTable {
  static final String SECRET = "s3cret";
  static final String KEY = "token";

  private static final Path GUIDE = Path.of("../docs/operator-guide.md");
  private static final String HEAD = "| server | asks for | you give | what happens | exit code |";

  final TestAuthority ours;
  final Identity server;
  private final Path directory;
  private final Identity client;
  private final Identity expired;
  private final TestAuthority theirs;
  private final Identity foreign;

  /**
   * @param directory where the PEM files go
   */
  SecurityTable(Path directory) {
    this.directory = directory;
    this.ours = new TestAuthority(directory, "ours");
    this.server = ours.issue("localhost");
    this.client = ours.issue("client");
    this.expired = ours.issueExpired("client");
    this.theirs = new TestAuthority(directory, "theirs");
    this.foreign = theirs.issue("client");
  }

  /**
   * One row.
   *
   * @param outcome a part of the error; {@code works} where there is none
   */
  record Row(String server, String asksFor, List<String> given, String outcome, int code) {
    boolean works() {
      return outcome.equals("works");
    }
  }

  static List<Row> rows() throws IOException {
    try (Stream<String> lines = Files.lines(GUIDE)) {
      return lines
          .dropWhile(line -> !line.equals(HEAD))
          .skip(2)
          .takeWhile(line -> line.startsWith("|"))
          .map(line -> line.substring(1).replace("`", "").split("\\|"))
          .map(SecurityTable::row)
          .toList();
    }
  }

  private static Row row(String... cells) {
    return new Row(
        cells[0].strip(),
        cells[1].strip(),
        Arrays.stream(cells[2].split(",")).map(String::strip).toList(),
        cells[3].strip(),
        Integer.parseInt(cells[4].strip()));
  }

  /** What to give on the command line to a server. */
  List<String> flags(Row row, String address) {
    List<String> flags = new ArrayList<>();
    for (String given : row.given()) {
      flags.addAll(
          switch (given) {
            case "grpc://", "grpcs://" -> List.of("--cloud", given + address);
            case "its authority" -> List.of("--tls-ca", ours.certificate().toString());
            case "another authority" -> List.of("--tls-ca", theirs.certificate().toString());
            case "a missing file" -> List.of("--tls-ca", directory.resolve("none").toString());
            case "certificate" -> identity(client);
            case "foreign certificate" -> identity(foreign);
            case "expired certificate" -> identity(expired);
            case "header" -> header("triton-grpc-protocol-" + KEY, SECRET);
            case "wrong header" -> header("triton-grpc-protocol-" + KEY, "guess");
            case "token" -> header("authorization", "Bearer " + SECRET);
            case "wrong token" -> header("authorization", "Bearer guess");
            case "expired token" -> header("authorization", "Bearer once-" + SECRET);
            default -> throw new AssertionError(given);
          });
    }
    return flags;
  }

  private static List<String> identity(Identity identity) {
    return List.of(
        "--tls-cert", identity.certificate().toString(), "--tls-key", identity.key().toString());
  }

  /** Secrets come from files, so that {@code ps} does not show them. */
  private List<String> header(String name, String value) {
    try {
      Path file = Files.writeString(directory.resolve("header"), value + "\n");
      return List.of("--header", name + "=@" + file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
