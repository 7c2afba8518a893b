package dev.bookend.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes that each token of a tokenizer adds to a text. They are UTF-8 once the tokens of a
 * character are together; one token may be a part of a character. Immutable.
 *
 * <p>Knows the two ways in which the families here write bytes into a vocabulary: GPT-2's, where a
 * character stands for each byte, and SentencePiece's, where U+2581 stands for a space and {@code
 * <0x0A>} for a byte. The space that some decoders drop from the beginning of a text is among the
 * bytes.
 */
public final class TokenBytes {
  private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

  private final List<Optional<byte[]>> tokens;

  private TokenBytes(List<Optional<byte[]>> tokens) {
    this.tokens = List.copyOf(tokens);
  }

  /**
   * Reads a tokenizer.
   *
   * @throws BookendException if it writes text in another way than those two
   */
  public static TokenBytes of(TokenizerSource source) {
    try {
      return of(source.tokenizer().tree());
    } catch (JsonParseException
        | ClassCastException
        | IllegalStateException
        | IndexOutOfBoundsException
        | NullPointerException
        | NumberFormatException
        | UnsupportedOperationException e) { // a field is missing or of another kind
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, "the model's tokenizer.json does not describe a tokenizer", e);
    }
  }

  private static TokenBytes of(JsonObject tokenizer) {
    Function<String, byte[]> reader = reader(String.valueOf(tokenizer.get("decoder")));
    JsonObject model = tokenizer.getAsJsonObject("model");
    String unknown = model.get("unk_token") instanceof JsonPrimitive text ? text.getAsString() : "";
    Map<Integer, byte[]> bytes = new HashMap<>();
    StreamTokens.forEach(
        model.get("vocab"),
        (token, id) -> {
          byte[] read = reader.apply(token);
          if (read.length > 0 && !token.equals(unknown)) {
            bytes.put(id, read);
          }
        });
    if (tokenizer.get("added_tokens") instanceof JsonArray added) {
      for (JsonElement element : added) {
        bytes.remove(element.getAsJsonObject().get("id").getAsInt());
      }
    }
    int size = bytes.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
    List<Optional<byte[]>> tokens = new ArrayList<>(size);
    for (int id = 0; id < size; id++) {
      tokens.add(Optional.ofNullable(bytes.get(id)));
    }
    return new TokenBytes(tokens);
  }

  private static Function<String, byte[]> reader(String decoder) {
    if (decoder.contains("\"ByteLevel\"")) {
      byte[] bytes = bytesOfCharacters();
      return token -> byteLevel(token, bytes);
    }
    if (decoder.contains("\u2581") || decoder.contains("\"Metaspace\"")) {
      boolean fallback = decoder.contains("\"ByteFallback\"");
      return token -> sentencePiece(token, fallback);
    }
    throw new BookendException(
        ErrorCode.MODEL_UNSUPPORTED,
        "how the model's tokenizer.json writes bytes as tokens is not known");
  }

  /** GPT-2's table: printable bytes stand for themselves, the others for characters from 256 on. */
  private static byte[] bytesOfCharacters() {
    byte[] bytes = new byte[512];
    int others = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xa1 && value <= 0xff && value != 0xad);
      bytes[printable ? value : others++] = (byte) value;
    }
    return bytes;
  }

  /** Empty for a token with other characters, which is no text. */
  private static byte[] byteLevel(String token, byte[] bytes) {
    byte[] read = new byte[token.length()];
    for (int i = 0; i < read.length; i++) {
      char c = token.charAt(i);
      boolean known = c < bytes.length && (bytes[c] != 0 || c == 256);
      if (!known) {
        return new byte[0];
      }
      read[i] = bytes[c];
    }
    return read;
  }

  private static byte[] sentencePiece(String token, boolean fallback) {
    Matcher matcher = BYTE.matcher(token);
    return fallback && matcher.matches()
        ? new byte[] {(byte) Integer.parseInt(matcher.group(1), 16)}
        : token.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
  }

  /** One more than the greatest id of a token that has bytes. */
  public int size() {
    return tokens.size();
  }

  /**
   * A copy of a token's bytes; empty for added tokens, special or not, and for ids without a token.
   */
  public Optional<byte[]> of(int token) {
    return token < 0 || token >= tokens.size()
        ? Optional.empty()
        : tokens.get(token).map(byte[]::clone);
  }
}
