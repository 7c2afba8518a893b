package dev.bookend.model.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.bookend.model.ModelException;
import java.util.BitSet;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a {@link TextStream} must know of a tokenizer.
 *
 * @param special ids of the special tokens, which have no text
 * @param bytes ids of the tokens that stand for single bytes, {@code <0x0A>}, where the decoder is
 *     {@code ByteFallback}. That decodes a run of them as a whole: if any byte of the run does not
 *     fit, all become U+FFFD, so no text of a run is certain before it has ended.
 */
record StreamTokens(BitSet special, BitSet bytes) {
  private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

  /**
   * @throws ModelException if this is no tokenizer in JSON
   */
  static StreamTokens of(String tokenizerJson) {
    BitSet special = new BitSet();
    BitSet bytes = new BitSet();
    try {
      JsonObject tokenizer = JsonParser.parseString(tokenizerJson).getAsJsonObject();
      if (tokenizer.get("added_tokens") instanceof JsonArray added) {
        for (JsonElement element : added) {
          JsonObject token = element.getAsJsonObject();
          if (token.get("special").getAsBoolean()) {
            special.set(token.get("id").getAsInt());
          }
        }
      }
      if (String.valueOf(tokenizer.get("decoder")).contains("\"ByteFallback\"")
          && tokenizer.getAsJsonObject("model").get("vocab") instanceof JsonObject vocabulary) {
        for (Map.Entry<String, JsonElement> token : vocabulary.entrySet()) {
          if (BYTE.matcher(token.getKey()).matches()) {
            bytes.set(token.getValue().getAsInt());
          }
        }
      }
      return new StreamTokens(special, bytes);
    } catch (JsonParseException
        | IllegalStateException
        | IndexOutOfBoundsException
        | NullPointerException
        | NumberFormatException
        | UnsupportedOperationException e) {
      throw new ModelException("tokenizer.json is no tokenizer in JSON", e);
    }
  }
}
