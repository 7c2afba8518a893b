package dev.bookend.model.store;

import java.nio.file.Path;

/** Where Bookend keeps what a user has made: the XDG data directory. */
public final class UserData {
  private UserData() {}

  public static Path directory(String name) {
    String data = System.getenv("XDG_DATA_HOME");
    Path home =
        data == null || data.isBlank()
            ? UserHome.directory().resolve(".local").resolve("share")
            : Path.of(data);
    return home.resolve("bookend").resolve(name);
  }
}
