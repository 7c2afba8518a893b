package dev.bookend.triton.testing;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;

/**
 * An SSH server on the loopback interface that carries TCP connections for one key, and a program
 * that starts the system's {@code ssh} with that key and none of the user's own configuration.
 */
public final class SshServer implements AutoCloseable {
  private final org.apache.sshd.server.SshServer server;
  private final KeyPair hostKey = newKey();
  private final Path directory;

  private SshServer(Path directory) throws IOException, GeneralSecurityException {
    this.directory = directory;
    KeyPair userKey = newKey();
    server = org.apache.sshd.server.SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setPublickeyAuthenticator(
        (user, key, session) -> KeyUtils.compareKeys(key, userKey.getPublic()));
    server.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
    server.start();
    writeKey(userKey, "key");
    writeKey(newKey(), "another-key");
    Files.writeString(directory.resolve("none"), "");
    Files.writeString(
        directory.resolve("hosts"),
        "[127.0.0.1]:" + port() + " " + PublicKeyEntry.toString(hostKey.getPublic()) + "\n");
  }

  /**
   * Starts one.
   *
   * @param directory for keys and programs; empty
   */
  public static SshServer start(Path directory) throws IOException, GeneralSecurityException {
    return new SshServer(directory);
  }

  /** Whether this machine has an {@code ssh}. */
  public static boolean hasClient() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(each -> Files.isExecutable(Path.of(each, "ssh")));
  }

  /** Where it listens. */
  public int port() {
    return server.getPort();
  }

  /** The {@code ssh} of a user whom the server knows, and who knows the server. */
  public Path client() throws IOException {
    return client("ssh", "key", "hosts");
  }

  /** The {@code ssh} of a user whom the server does not know. */
  public Path strangersClient() throws IOException {
    return client("strangers-ssh", "another-key", "hosts");
  }

  /** The {@code ssh} of a user who has never seen the server's key. */
  public Path newcomersClient() throws IOException {
    return client("newcomers-ssh", "key", "none");
  }

  private Path client(String name, String key, String knownHosts) throws IOException {
    Path script = directory.resolve(name);
    Files.writeString(
        script,
        "#!/bin/sh\nexec ssh -F none -o IdentityAgent=none -o IdentitiesOnly=yes -o"
            + " GlobalKnownHostsFile=none -o UserKnownHostsFile='%s' -i '%s' \"$@\"\n"
                .formatted(directory.resolve(knownHosts), directory.resolve(key)));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }

  private void writeKey(KeyPair key, String name) throws IOException, GeneralSecurityException {
    Path file = directory.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "test", null, out);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  @Override
  public void close() throws IOException {
    server.stop(true);
  }
}
