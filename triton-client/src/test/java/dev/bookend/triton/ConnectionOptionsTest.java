package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.ConnectionOptions.ClientIdentity;
import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionOptionsTest {
  private static final ConnectionOptions DEFAULT = ConnectionOptions.DEFAULT;

  @Test
  void defaultsAreThese() {
    assertEquals(Duration.ofSeconds(60), DEFAULT.deadline());
    assertEquals(Duration.ofMinutes(5), DEFAULT.keepalive());
    assertEquals(1 << 30, DEFAULT.maxInboundBytes());
    assertEquals(Map.of(), DEFAULT.headers());
    assertEquals(Optional.empty(), DEFAULT.certificateAuthority());
    assertEquals(Optional.empty(), DEFAULT.clientIdentity());
    assertEquals(Optional.empty(), DEFAULT.authority());
  }

  @Test
  void deadlineIsAPositiveTime() {
    for (Duration deadline :
        new Duration[] {Duration.ZERO, Duration.ofMillis(-1), Duration.ofSeconds(Long.MAX_VALUE)}) {
      assertThrows(IllegalArgumentException.class, () -> DEFAULT.withDeadline(deadline));
    }
  }

  @Test
  void pingsComeNoMoreOftenThanServersBear() {
    for (Duration silence : new Duration[] {Duration.ZERO, Duration.ofSeconds(9)}) {
      assertThrows(IllegalArgumentException.class, () -> DEFAULT.withKeepalive(silence));
    }
    Duration ten = Duration.ofSeconds(10);
    assertEquals(ten, DEFAULT.withKeepalive(ten).withMaxInboundBytes(7).keepalive());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Authorization", "two words", ":path", "x-bin", "grpc-x", "ü"})
  void headerNamesAreThoseOfHttp2(String name) {
    assertThrows(IllegalArgumentException.class, () -> DEFAULT.withHeaders(Map.of(name, "x")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret\n", "secret\r\nx: y", "secreü", "secret\0"})
  void headerValuesArePrintableAsciiAndNeverShown(String value) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> DEFAULT.withHeaders(Map.of("authorization", value)))
            .getMessage();
    assertFalse(message.contains("secre"), message);
  }

  @Test
  void secretsAreNotPrinted() {
    String text = DEFAULT.withHeaders(Map.of("authorization", "secret")).toString();
    assertTrue(text.contains("authorization"), text);
    assertFalse(text.contains("secret"), text);
  }

  @Test
  void missingOrWrongPemFilesAreNamed(@TempDir Path directory) throws Exception {
    Path missing = directory.resolve("missing.pem");
    Path text = Files.writeString(directory.resolve("text.pem"), "no certificate\n");
    TestAuthority authority = new TestAuthority(directory, "ca");
    Identity one = authority.issue("one");
    assertNamed(DEFAULT.withCertificateAuthority(missing), missing);
    assertNamed(DEFAULT.withCertificateAuthority(text), text);
    assertNamed(DEFAULT.withCertificateAuthority(directory), directory);
    assertNamed(DEFAULT.withClientIdentity(new ClientIdentity(missing, one.key())), missing);
    assertNamed(
        DEFAULT.withClientIdentity(new ClientIdentity(one.certificate(), missing)), missing);
    assertNamed(DEFAULT.withClientIdentity(new ClientIdentity(one.certificate(), text)), text);
  }

  private static void assertNamed(ConnectionOptions options, Path file) {
    TritonException failure =
        assertThrows(
            TritonException.class,
            () -> TritonConnection.open(new Endpoint("localhost", 1, true), options).close());
    assertEquals(Kind.REFUSED, failure.kind());
    assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
  }
}
