package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.file.Path;
import java.util.Map;

/** The user's home directory, as other programs find it. */
public final class UserHome {
  private UserHome() {}

  static Path directory() {
    return directory(System.getenv());
  }

  /**
   * The same for other environment variables than this process's.
   *
   * @throws BookendException if there is none
   */
  public static Path directory(Map<String, String> variables) {
    return directory(variables, System.getProperty("user.home"));
  }

  /**
   * {@code $HOME} where it is set: Java asks the user database, in which a container's user may not
   * be, and which says something else than the shell where {@code HOME} was changed on purpose.
   *
   * @param java what Java takes for it; "?" where it knows none
   */
  static Path directory(Map<String, String> variables, String java) {
    String home = variables.getOrDefault("HOME", "");
    if (!home.isBlank()) {
      return Path.of(home);
    }
    if (java == null || java.isBlank() || java.equals("?")) {
      throw new BookendException(
          ErrorCode.SETTING_INVALID, "there is no home directory: HOME is not set");
    }
    return Path.of(java);
  }
}
