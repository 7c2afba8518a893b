package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudServerTest {
  @ParameterizedTest
  @CsvSource({
    "grpc://host,grpc://host:8001",
    "grpcs://[::1]:9,grpcs://[::1]:9",
    "ssh://gpu_box,ssh://gpu_box?to=127.0.0.1:8001",
    "ssh://gpu/,ssh://gpu?to=127.0.0.1:8001",
    "ssh://me@gpu.example:2222?to=10.0.0.7:9001,ssh://me@gpu.example:2222?to=10.0.0.7:9001",
    "ssh://[fe80::1]:22?to=[::1]:8001,ssh://[fe80::1]:22?to=[::1]:8001",
  })
  void anAddressIsReadAsItIsWritten(String text, String written) {
    CloudServer server = CloudServer.parse(text);
    assertEquals(written, server.toString());
    assertEquals(server, CloudServer.parse(written));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh://",
        "ssh://-oProxyCommand=x",
        "ssh://-l@host",
        "ssh://host:0",
        "ssh://host:65536",
        "ssh://host:x",
        "ssh://me@@ho st",
        "ssh://host;id",
        "ssh://host?to=",
        "ssh://host?to=-x:1",
        "ssh://host?to=grpcs://h:1",
        "ssh://host?via=other",
        "ssh://host/path",
        "ssh:host",
      })
  void whatIsNoAddressIsRefused(String text) {
    Exception refusal = assertThrows(IllegalArgumentException.class, () -> CloudServer.parse(text));
    assertTrue(refusal.getMessage().contains("is not an address"), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "grpc://localhost,false,false",
    "grpc://127.0.0.53:1,false,false",
    "grpc://[::1],false,false",
    "grpc://10.0.0.1,false,true",
    "grpcs://10.0.0.1,true,true",
    "ssh://localhost,true,true",
    "grpc://no-such-host.invalid,false,true",
  })
  void itIsKnownWhatLeavesThisMachineInTheClear(String text, boolean encrypted, boolean elsewhere) {
    CloudServer server = CloudServer.parse(text);
    assertEquals(encrypted, server.isEncrypted());
    assertEquals(elsewhere, server.isElsewhere());
  }
}
