package dev.bookend.model.tokenizer;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Finds tokens that are spelled out in a text: the leftmost first, and there the longest. */
final class AddedTokens {
  private final Set<String> tokens;

  /** The lengths of the tokens that begin with a character, the greatest first. */
  private final Map<Character, int[]> lengths = new HashMap<>();

  AddedTokens(Collection<String> tokens) {
    this.tokens = new HashSet<>(tokens);
    this.tokens.remove("");
    Map<Character, Set<Integer>> byFirst = new HashMap<>();
    for (String token : this.tokens) {
      byFirst.computeIfAbsent(token.charAt(0), first -> new HashSet<>()).add(token.length());
    }
    byFirst.forEach(
        (first, all) ->
            lengths.put(first, all.stream().mapToInt(n -> -n).sorted().map(n -> -n).toArray()));
  }

  /** Gives the parts of a text in their order: the tokens, and what is between them. */
  void split(String text, Consumer<String> token, Consumer<String> between) {
    int given = 0;
    for (int at = 0; at < text.length(); ) {
      int length = longest(text, at);
      if (length == 0) {
        at++;
        continue;
      }
      if (at > given) {
        between.accept(text.substring(given, at));
      }
      token.accept(text.substring(at, at + length));
      at += length;
      given = at;
    }
    if (given < text.length()) {
      between.accept(text.substring(given));
    }
  }

  private int longest(String text, int at) {
    return Arrays.stream(lengths.getOrDefault(text.charAt(at), new int[0]))
        .filter(n -> at + n <= text.length() && tokens.contains(text.substring(at, at + n)))
        .findFirst()
        .orElse(0);
  }
}
