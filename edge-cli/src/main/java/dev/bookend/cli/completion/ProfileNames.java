package dev.bookend.cli.completion;

/**
 * The names of the profiles in the user's file of configuration, as a shell finds them by itself:
 * it would wait too long for Java at each Tab.
 */
final class ProfileNames {
  static final String FLAG = "--profile";

  /** For any shell; {@code env} knows the variables' names, and sh their defaults. */
  static final String COMMAND =
      "command sh -c 'sed -n \"s/^[[:space:]]*\\[profiles\\.\\([A-Za-z0-9_-]*\\).*/\\1/p\""
          + " \"${BOOKEND_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/bookend/config.toml}\""
          + " 2>/dev/null | sort -u'";

  private ProfileNames() {}
}
