package dev.bookend.history;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Texts that come with Bookend, written by models with a vocabulary; see their README. */
public final class BuiltInTexts {
  private BuiltInTexts() {}

  /** Those of a vocabulary; none where there are none. */
  public static List<int[]> of(TokenizerFingerprint vocabulary) {
    String name = "texts/" + vocabulary.key() + ".tokens.gz";
    try (InputStream in = BuiltInTexts.class.getResourceAsStream(name)) {
      if (in == null) {
        return List.of();
      }
      return TokenTexts.read(ByteBuffer.wrap(new GZIPInputStream(in).readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }
}
