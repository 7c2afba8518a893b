package dev.bookend.history;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Texts that come with Bookend to retrieve draft tokens from, as token ids of a tokenizer. The
 * README beside them says which models wrote them.
 */
public final class BuiltInTexts {
  private BuiltInTexts() {}

  /** The texts for a tokenizer; an empty list if there are none. */
  public static List<int[]> of(TokenizerFingerprint tokenizer) {
    String name = "texts/" + tokenizer.key() + ".tokens.gz";
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
