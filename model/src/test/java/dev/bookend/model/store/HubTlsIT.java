package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub behind TLS, with a certificate that keytool made and signed with itself. */
class HubTlsIT {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir private Path home;
  private final Map<String, String> variables = new HashMap<>();
  private KeyStore keys;
  private Path pem;

  @BeforeEach
  void makeCertificate() throws Exception {
    Path store = home.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "hub",
                "-dname",
                "CN=hub",
                "-ext",
                "san=ip:127.0.0.1",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    pem = home.resolve("hub.pem");
    Files.writeString(
        pem,
        "# a comment ---\n-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(keys.getCertificate("hub").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
  }

  private FakeHub hub() throws Exception {
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    FakeHub hub = new FakeHub(tls);
    hub.files.put("m.gguf", new byte[] {'x'});
    variables.put("HF_ENDPOINT", "https://127.0.0.1:" + hub.port());
    return hub;
  }

  private Path resolve() {
    return new ModelStore(variables, home).resolve("owner/name", (what, done, total) -> {});
  }

  private String failure(ErrorCode code) {
    BookendException failure = assertThrows(BookendException.class, this::resolve);
    assertEquals(code, failure.code());
    return failure.getMessage();
  }

  @Test
  void certificatesThatAVariableNamesAreTrusted() throws Exception {
    try (FakeHub hub = hub()) {
      String message = failure(ErrorCode.HUB_UNREACHABLE);
      assertTrue(message.contains("TLS: its certificate is signed by none"), message);
      assertEquals(0, hub.requests.size());
      variables.put("SSL_CERT_FILE", home.resolve("none.pem").toString());
      assertTrue(failure(ErrorCode.SETTING_INVALID).startsWith("SSL_CERT_FILE"));
      variables.put("SSL_CERT_FILE", home.resolve("keys.p12").toString());
      assertTrue(failure(ErrorCode.SETTING_INVALID).contains("no certificate"));
      variables.put("SSL_CERT_FILE", pem.toString());
      // The file itself is on a host without TLS, where a hub must not send a client.
      assertTrue(failure(ErrorCode.HUB_FAILED).contains("not safe"));
      assertTrue(hub.requests.size() > 0);
    }
  }

  @Test
  void goesThroughAProxyThatTunnels() throws Exception {
    try (FakeHub hub = hub();
        ServerSocket proxy = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      List<String> asked = Collections.synchronizedList(new ArrayList<>());
      Thread tunnels = new Thread(() -> tunnel(proxy, hub.port(), asked), "tunnels");
      tunnels.setDaemon(true);
      tunnels.start();
      variables.put("SSL_CERT_FILE", pem.toString());
      variables.put("https_proxy", "127.0.0.1:" + proxy.getLocalPort());
      variables.put("HF_TOKEN", "secret");
      assertTrue(failure(ErrorCode.HUB_FAILED).contains("not safe"));
      assertTrue(asked.get(0).startsWith("CONNECT 127.0.0.1:" + hub.port()), asked.toString());
      assertTrue(asked.stream().noneMatch(text -> text.contains("secret")), asked.toString());
      assertTrue(hub.requested("Bearer secret") > 0);
    }
  }

  /** Connects whoever asks to the hub, and keeps what they say before. */
  private static void tunnel(ServerSocket proxy, int port, List<String> asked) {
    while (true) {
      try {
        Socket client = proxy.accept();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          head.append((char) client.getInputStream().read());
        }
        asked.add(head.toString());
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        client
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        copy(client, server);
        copy(server, client);
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void copy(Socket from, Socket to) {
    Thread copier =
        new Thread(
            () -> {
              try (from;
                  to) {
                from.getInputStream().transferTo(to.getOutputStream());
              } catch (IOException e) {
                // one side has closed
              }
            },
            "copier");
    copier.setDaemon(true);
    copier.start();
  }

  @Test
  void anotherHostsCertificateIsRefused() throws Exception {
    try (FakeHub hub = hub()) {
      variables.put("REQUESTS_CA_BUNDLE", pem.toString());
      variables.put("HF_ENDPOINT", "https://localhost:" + hub.port());
      assertTrue(failure(ErrorCode.HUB_UNREACHABLE).contains("TLS: its certificate is not valid"));
    }
  }
}
