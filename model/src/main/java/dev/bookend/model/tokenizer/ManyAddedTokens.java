package dev.bookend.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds added tokens in the tokenizers library's place where there are very many: the library
 * compares each one that it reads with all before it, so that 200,000 take minutes. They become
 * plain tokens of its vocabulary, which it only decodes. Safe for use by several threads.
 */
final class ManyAddedTokens {
  /** So many the library takes in a fraction of a second. */
  private static final int MANY = 5000;

  private final Map<String, Integer> ids = new HashMap<>();
  private final BitSet special = new BitSet();
  private final AddedTokens exact;
  private final AddedTokens normalized;
  private final SurroundingTokens surrounding;

  private ManyAddedTokens(JsonArray tokens, SurroundingTokens surrounding) {
    List<String> exactOnes = new ArrayList<>();
    List<String> normalizedOnes = new ArrayList<>();
    for (JsonElement element : tokens) {
      JsonObject token = element.getAsJsonObject();
      String content = token.get("content").getAsString();
      int id = token.get("id").getAsInt();
      ids.putIfAbsent(content, id);
      special.set(id, is(token, "special"));
      (is(token, "normalized") ? normalizedOnes : exactOnes).add(content);
    }
    this.exact = new AddedTokens(exactOnes);
    this.normalized = new AddedTokens(normalizedOnes);
    this.surrounding = surrounding;
  }

  /**
   * Takes the added tokens out of a {@code tokenizer.json}, if they are many and are all found as
   * they are spelled. Empty: they stay with the library.
   */
  static Optional<ManyAddedTokens> of(JsonObject tokenizer) {
    if (!(tokenizer.get("added_tokens") instanceof JsonArray tokens)
        || tokens.size() < MANY
        || !(tokenizer.get("model") instanceof JsonObject model)
        || !(model.get("vocab") instanceof JsonObject vocabulary)) {
      return Optional.empty();
    }
    boolean normalizes = tokenizer.get("normalizer") instanceof JsonObject;
    for (JsonElement element : tokens) {
      JsonObject token = element.getAsJsonObject();
      if (is(token, "single_word")
          || is(token, "lstrip")
          || is(token, "rstrip")
          || (is(token, "normalized") && normalizes)) {
        return Optional.empty();
      }
    }
    // A space before the first part only would come before each.
    boolean firstPartIsOther =
        String.valueOf(tokenizer.get("pre_tokenizer")).contains("\"prepend_scheme\":\"first\"");
    Optional<SurroundingTokens> surrounding = SurroundingTokens.of(tokenizer);
    if (firstPartIsOther || surrounding.isEmpty()) {
      return Optional.empty();
    }
    ManyAddedTokens many = new ManyAddedTokens(tokens, surrounding.get());
    many.ids.forEach(
        (content, id) -> {
          if (!vocabulary.has(content)) {
            vocabulary.addProperty(content, id);
          }
        });
    tokenizer.add("added_tokens", new JsonArray());
    return Optional.of(many);
  }

  private static boolean is(JsonObject token, String flag) {
    return token.has(flag) && token.get(flag).getAsBoolean();
  }

  /**
   * Encodes a text.
   *
   * @param between encodes what is between the added tokens, without tokens around it
   */
  int[] encode(String text, boolean addSpecialTokens, Function<String, int[]> between) {
    List<Integer> all = new ArrayList<>(addSpecialTokens ? surrounding.before() : List.of());
    exact.split(
        text,
        token -> all.add(ids.get(token)),
        part ->
            normalized.split(
                part,
                token -> all.add(ids.get(token)),
                rest -> {
                  for (int id : between.apply(rest)) {
                    all.add(id);
                  }
                }));
    if (addSpecialTokens) {
      all.addAll(surrounding.after());
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Whether a token has no text. */
  boolean isSpecial(int token) {
    return token >= 0 && special.get(token);
  }
}
