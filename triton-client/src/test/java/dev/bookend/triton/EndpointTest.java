package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @Test
  void schemeDecidesOnTlsAndThePortDefaultsTo8001() {
    assertEquals(
        new Endpoint("triton.example", 8001, false), Endpoint.parse("grpc://triton.example"));
    assertEquals(new Endpoint("10.0.0.1", 443, true), Endpoint.parse("grpcs://10.0.0.1:443"));
  }

  @Test
  void ipv6AddressIsInBrackets() {
    Endpoint endpoint = Endpoint.parse("grpc://[::1]:9000");
    assertEquals(new Endpoint("[::1]", 9000, false), endpoint);
    assertEquals("grpc://[::1]:9000", endpoint.toString());
    assertEquals(endpoint, new Endpoint("::1", 9000, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost:8001",
        "http://localhost",
        "grpc://",
        "grpc://:8001",
        "grpc://localhost:0",
        "grpc://localhost:-1",
        "grpc://localhost:65536",
        "grpc://localhost:x",
        "grpc://localhost/models",
        "grpc://localhost?a",
        "grpc://localhost#a",
        "grpc://::1:8001",
        "grpc://two words"
      })
  void anythingElseIsToldApart(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text)).getMessage();
    assertTrue(message.startsWith("'" + text + "' is not an address"), message);
  }

  @Test
  void aPasswordIsNotShown() {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Endpoint.parse("grpc://me:secret@localhost"))
            .getMessage();
    assertTrue(message.startsWith("'grpc://…@localhost' is not an address"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "", "two words", "triton_server", "a/b", "user@a"})
  void hostIsOneThatCanBeConnectedTo(String host) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Endpoint(host, 1, false))
            .getMessage();
    assertEquals("'" + host + ":1' is not HOST:PORT", message);
  }

  @Test
  void portIsOneThatCanBeConnectedTo() {
    assertThrows(IllegalArgumentException.class, () -> new Endpoint("localhost", 0, false));
    assertThrows(IllegalArgumentException.class, () -> new Endpoint("localhost", 65_536, false));
  }
}
