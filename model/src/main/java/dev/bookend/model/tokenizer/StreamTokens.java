package dev.bookend.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjIntConsumer;
import java.util.regex.Pattern;

/**
 * What a {@link TextStream} must know of a tokenizer.
 *
 * @param text ids of the tokens that have text: all except the special ones, and except ids that
 *     stand for no token
 * @param bytes ids of the tokens that stand for single bytes, {@code <0x0A>}, where the decoder is
 *     {@code ByteFallback}. That decoder takes consecutive ones as a whole: if any of their bytes
 *     does not fit, all become U+FFFD, so none of their text is certain before the last of them.
 * @param special ids of the special tokens, by the text that they are in a prompt
 */
record StreamTokens(BitSet text, BitSet bytes, Map<String, Integer> special) {
  /** Far above any vocabulary: an id must not size an allocation. */
  private static final int MAX_ID = 1 << 24;

  private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

  /** Whether the token adds to the text. */
  boolean hasText(int token) {
    return token >= 0 && text.get(token);
  }

  /** Whether the token stands for a byte. */
  boolean isByte(int token) {
    return token >= 0 && bytes.get(token);
  }

  /** Those of some texts that are special tokens, by their ids. */
  Map<Integer, String> special(Set<String> texts) {
    Map<Integer, String> found = new HashMap<>();
    for (String text : texts) {
      Integer id = special.get(text);
      if (id != null) {
        found.put(id, text);
      }
    }
    return found;
  }

  /**
   * @throws RuntimeException of any kind, if this does not describe a tokenizer
   */
  static StreamTokens of(JsonObject tokenizer) {
    BitSet text = new BitSet();
    BitSet bytes = new BitSet();
    boolean byteFallback = String.valueOf(tokenizer.get("decoder")).contains("\"ByteFallback\"");
    forEach(
        tokenizer.getAsJsonObject("model").get("vocab"),
        (token, id) -> {
          text.set(id);
          bytes.set(id, byteFallback && BYTE.matcher(token).matches());
        });
    Map<String, Integer> special = new HashMap<>();
    if (tokenizer.get("added_tokens") instanceof JsonArray added) {
      for (JsonElement element : added) {
        JsonObject token = element.getAsJsonObject();
        int id = id(token.get("id"));
        boolean isSpecial = token.get("special").getAsBoolean();
        text.set(id, !isSpecial);
        if (isSpecial) {
          special.put(token.get("content").getAsString(), id);
        }
      }
    }
    return new StreamTokens(text, bytes, Map.copyOf(special));
  }

  /** Goes through a vocabulary of any kind of model. */
  static void forEach(JsonElement vocabulary, ObjIntConsumer<String> token) {
    if (vocabulary instanceof JsonArray pieces) { // Unigram: pairs of token and score
      for (int id = 0; id < pieces.size(); id++) {
        token.accept(pieces.get(id).getAsJsonArray().get(0).getAsString(), id);
      }
    } else {
      vocabulary.getAsJsonObject().asMap().forEach((text, id) -> token.accept(text, id(id)));
    }
  }

  private static int id(JsonElement element) {
    int id = element.getAsInt();
    if (id < 0 || id > MAX_ID) {
      throw new IllegalStateException("token id " + id);
    }
    return id;
  }
}
