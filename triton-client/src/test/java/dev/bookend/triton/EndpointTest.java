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
  void ipv6AddressKeepsItsBrackets() {
    Endpoint endpoint = Endpoint.parse("grpc://[::1]:9000");
    assertEquals(new Endpoint("[::1]", 9000, false), endpoint);
    assertEquals("grpc://[::1]:9000", endpoint.toString());
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
        "grpc://user@localhost",
        "grpc://::1:8001",
        "grpc://two words"
      })
  void anythingElseIsToldApart(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text)).getMessage();
    assertTrue(message.startsWith("'" + text + "' is not an address"), message);
  }

  @Test
  void portIsOneThatCanBeConnectedTo() {
    assertThrows(IllegalArgumentException.class, () -> new Endpoint("localhost", 0, false));
    assertThrows(IllegalArgumentException.class, () -> new Endpoint("localhost", 65_536, false));
    assertThrows(IllegalArgumentException.class, () -> new Endpoint(" ", 1, false));
  }
}
