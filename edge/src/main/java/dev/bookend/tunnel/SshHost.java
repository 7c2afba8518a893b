package dev.bookend.tunnel;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A machine that is reached over SSH.
 *
 * @param user the user there; empty: whom {@code ssh} takes by itself
 * @param host a name, which may be an alias of the user's SSH configuration, or an address; an IPv6
 *     address without brackets
 * @param port of the SSH server, from 1 to 65535; empty: which {@code ssh} takes by itself
 */
public record SshHost(Optional<String> user, String host, OptionalInt port) {
  // None may begin with '-': ssh would take it for a flag.
  private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@+-]*");
  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?");
  private static final Pattern TEXT =
      Pattern.compile("(?:(.*)@)?(?:\\[([^\\]]*)\\]|([^\\[\\]:]*))(?::([0-9]{1,5}))?");

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if one is not as above
   */
  public SshHost {
    user.ifPresent(
        name -> {
          if (!USER.matcher(name).matches()) {
            // Not shown, for it may have a password behind it.
            throw new IllegalArgumentException("what stands before '@' is no user's name");
          }
        });
    if (!HOST.matcher(host).matches()) {
      throw new IllegalArgumentException("'" + host + "' is not a host");
    }
    if (port.isPresent() && (port.getAsInt() < 1 || port.getAsInt() > 65_535)) {
      throw new IllegalArgumentException(port.getAsInt() + " is not a port");
    }
  }

  /**
   * Reads {@code [USER@]HOST[:PORT]}.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static SshHost parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("it is not [USER@]HOST[:PORT]");
    }
    String port = parts.group(4);
    return new SshHost(
        Optional.ofNullable(parts.group(1)),
        parts.group(2) == null ? parts.group(3) : parts.group(2),
        port == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(port)));
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return user.map(name -> name + "@").orElse("")
        + (host.contains(":") ? "[" + host + "]" : host)
        + (port.isPresent() ? ":" + port.getAsInt() : "");
  }
}
