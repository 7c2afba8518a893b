package dev.bookend.server.openai;

import dev.bookend.TokenLogProbability;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where each token of a text begins, in Unicode characters, as Python counts them. A token that
 * begins within a character begins where that does. Not thread-safe.
 */
final class TextOffsets {
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** Bytes of a character that is not whole yet. */
  private byte[] unfinished = new byte[0];

  private int characters;

  /** Where the next token of the text begins. */
  int next(TokenLogProbability token) {
    int start = characters;
    List<Integer> added = token.bytes();
    if (added.isEmpty()) { // no text, or bytes that are not known
      characters += token.text().codePointCount(0, token.text().length());
      return start;
    }
    ByteBuffer bytes = ByteBuffer.allocate(unfinished.length + added.size());
    bytes.put(unfinished);
    added.forEach(value -> bytes.put(value.byteValue()));
    bytes.flip();
    CharBuffer text = CharBuffer.allocate(bytes.remaining() + 1);
    decoder.reset().decode(bytes, text, false);
    characters += Character.codePointCount(text.flip(), 0, text.length());
    unfinished = new byte[bytes.remaining()];
    bytes.get(unfinished);
    return start;
  }
}
