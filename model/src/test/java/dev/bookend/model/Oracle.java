package dev.bookend.model;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/** The fixtures under {@code src/test/resources/oracle}; see {@code src/test/oracle/README.md}. */
public final class Oracle {
  private Oracle() {}

  static <T> T read(String file, Class<T> type) throws IOException {
    InputStream in = Objects.requireNonNull(Oracle.class.getResourceAsStream("/oracle/" + file));
    try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      return new Gson().fromJson(reader, type);
    }
  }

  public static Path directory(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(Oracle.class.getResource("/oracle/" + name)).toURI());
  }
}
