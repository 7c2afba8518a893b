package dev.bookend.tunnel;

import dev.bookend.triton.TritonException;
import dev.bookend.triton.TritonException.Kind;
import java.util.List;
import java.util.Locale;

/**
 * What an {@code ssh} that failed has left.
 *
 * @param text the end of what it wrote on its standard error
 * @param exitCode 255 for its own failures; 127 where the shell found no such program
 */
record SshComplaint(String text, int exitCode) {
  private static final int NOT_FOUND = 127;
  private static final List<String> UNTRUSTED_HOST =
      List.of("host key verification failed", "host identification has changed");
  private static final List<String> REFUSED_USER =
      List.of("permission denied", "too many authentication failures");

  /**
   * As the failure of a call.
   *
   * @param server its name in messages
   */
  TritonException toFailure(String server) {
    String words = text.toLowerCase(Locale.ROOT);
    Kind kind = Kind.UNREACHABLE;
    String hint = "";
    if (exitCode == NOT_FOUND) {
      hint = "; install an OpenSSH client";
    } else if (UNTRUSTED_HOST.stream().anyMatch(words::contains)) {
      kind = Kind.REFUSED;
      hint = "; log in once by hand, so that ssh can ask whether to trust the host's key";
    } else if (REFUSED_USER.stream().anyMatch(words::contains)) {
      kind = Kind.REFUSED;
      hint = "; the key must be in the agent or without a passphrase, for ssh may not ask for one";
    } else if (words.contains("open failed") || words.contains("forwarding failed")) {
      hint = "; the host is reached, but nothing listens at that address on it";
    }
    String said =
        text.isEmpty() ? "ended with exit code " + exitCode : text.replaceFirst("[.\\s]+$", "");
    String speaker = said.startsWith("ssh: ") ? "" : "ssh: ";
    return new TritonException(kind, server + ": " + speaker + said + hint, null);
  }
}
