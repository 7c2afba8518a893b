package dev.bookend.edge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Texts that come with Bookend, written by models with a vocabulary; see their README. */
final class BuiltInPhrases {
  private BuiltInPhrases() {}

  /** Those of a vocabulary; none where there are none. */
  static List<int[]> of(Vocabulary vocabulary) {
    String name = "phrases/" + vocabulary.key() + ".tokens.gz";
    try (InputStream in = BuiltInPhrases.class.getResourceAsStream(name)) {
      if (in == null) {
        return List.of();
      }
      return TokenTexts.read(ByteBuffer.wrap(new GZIPInputStream(in).readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }
}
