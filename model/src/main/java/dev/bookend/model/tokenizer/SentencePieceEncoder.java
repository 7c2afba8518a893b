package dev.bookend.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Splits text into the pieces of a SentencePiece BPE vocabulary, as SentencePiece and llama.cpp do:
 * of all neighbours whose joint text is a piece, those with the highest score are joined first, and
 * of equal ones the leftmost. A list of merges, which is what {@code tokenizer.json} can hold,
 * gives each pair a rank of its own and so cannot say the latter.
 *
 * <p>Works on a {@code tokenizer.json} that the reader of GGUF files has made, where {@link
 * #SCORES} is in the model beside what the library knows. Safe for use by several threads.
 */
final class SentencePieceEncoder {
  /** A score for each id; null for a token that no text is split into. */
  static final String SCORES = "sentencepiece_scores";

  private static final String SPACE = "\u2581";

  private record Piece(int id, double score) {}

  private final Map<String, Piece> pieces = new HashMap<>();
  private final Map<String, Integer> added = new HashMap<>();
  private final AddedTokens addedTokens;
  private final int[] bytes = new int[256];
  private final int unknown;
  private final SurroundingTokens surrounding;
  private final boolean spaceBefore;

  /**
   * The encoder of a tokenizer that has scores, which are taken out of it: the library does not
   * know them. Empty: it has none.
   *
   * @param tokenizer the whole of {@code tokenizer.json}
   */
  static Optional<SentencePieceEncoder> of(JsonObject tokenizer) {
    if (!(tokenizer.get("model") instanceof JsonObject model)
        || !(model.get(SCORES) instanceof JsonArray)) {
      return Optional.empty();
    }
    SentencePieceEncoder encoder = new SentencePieceEncoder(tokenizer);
    model.remove(SCORES);
    return Optional.of(encoder);
  }

  private SentencePieceEncoder(JsonObject tokenizer) {
    JsonObject model = tokenizer.getAsJsonObject("model");
    JsonObject vocabulary = model.getAsJsonObject("vocab");
    JsonArray scores = model.getAsJsonArray(SCORES);
    for (Map.Entry<String, JsonElement> token : vocabulary.entrySet()) {
      int id = token.getValue().getAsInt();
      if (!scores.get(id).isJsonNull()) {
        pieces.put(token.getKey(), new Piece(id, scores.get(id).getAsDouble()));
      }
    }
    for (int value = 0; value < bytes.length; value++) {
      JsonElement id = vocabulary.get(String.format("<0x%02X>", value));
      bytes[value] = id == null ? -1 : id.getAsInt();
    }
    unknown =
        model.has("unk_token")
            ? vocabulary.get(model.get("unk_token").getAsString()).getAsInt()
            : -1;
    for (JsonElement element : tokenizer.getAsJsonArray("added_tokens")) {
      JsonObject token = element.getAsJsonObject();
      added.put(token.get("content").getAsString(), token.get("id").getAsInt());
    }
    addedTokens = new AddedTokens(added.keySet());
    spaceBefore = String.valueOf(tokenizer.get("normalizer")).contains("\"Prepend\"");
    surrounding = SurroundingTokens.of(tokenizer).orElseThrow();
  }

  int[] encode(String text, boolean addSpecialTokens) {
    List<Integer> ids = new ArrayList<>(addSpecialTokens ? surrounding.before() : List.of());
    addedTokens.split(text, token -> ids.add(added.get(token)), part -> encode(part, ids));
    if (addSpecialTokens) {
      ids.addAll(surrounding.after());
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Two neighbours that can be joined, by the symbols that they are made of. */
  private record Pair(int left, int right, int length, double score) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int byScore = Double.compare(other.score, score);
      return byScore != 0 ? byScore : Integer.compare(left, other.left);
    }
  }

  /** A text while its symbols are joined: each begins as one character. */
  private final class Symbols {
    private final String text;
    private final int[] begin;
    private final int[] length;
    private final int[] previous;
    private final int[] next;
    private final PriorityQueue<Pair> pairs = new PriorityQueue<>();

    Symbols(String text) {
      this.text = text;
      int count = text.codePointCount(0, text.length());
      begin = new int[count];
      length = new int[count];
      previous = new int[count];
      next = new int[count];
      for (int i = 0, at = 0; i < count; i++) {
        begin[i] = at;
        length[i] = Character.charCount(text.codePointAt(at));
        at += length[i];
        previous[i] = i - 1;
        next[i] = i + 1 == count ? -1 : i + 1;
      }
      for (int i = 1; i < count; i++) {
        offer(i - 1, i);
      }
    }

    private void offer(int left, int right) {
      if (left < 0 || right < 0) {
        return;
      }
      int joint = length[left] + length[right];
      Piece piece = pieces.get(text.substring(begin[left], begin[left] + joint));
      if (piece != null) {
        pairs.add(new Pair(left, right, joint, piece.score));
      }
    }

    void join() {
      for (Pair pair; (pair = pairs.poll()) != null; ) {
        int left = pair.left;
        int right = pair.right;
        // One of the two may have been joined with another meanwhile.
        if (length[left] == 0
            || length[right] == 0
            || length[left] + length[right] != pair.length) {
          continue;
        }
        length[left] = pair.length;
        length[right] = 0;
        next[left] = next[right];
        if (next[right] >= 0) {
          previous[next[right]] = left;
        }
        offer(previous[left], left);
        offer(left, next[left]);
      }
    }
  }

  private void encode(String text, List<Integer> ids) {
    Symbols symbols = new Symbols((spaceBefore ? SPACE : "") + text.replace(" ", SPACE));
    symbols.join();
    boolean unknownBefore = false;
    for (int i = 0; i >= 0; i = symbols.next[i]) {
      String symbol =
          symbols.text.substring(symbols.begin[i], symbols.begin[i] + symbols.length[i]);
      Piece piece = pieces.get(symbol);
      boolean isUnknown = piece == null && !addBytes(symbol, ids);
      if (piece != null) {
        ids.add(piece.id);
      } else if (isUnknown && !unknownBefore && unknown >= 0) {
        ids.add(unknown);
      }
      unknownBefore = isUnknown;
    }
  }

  /** Adds a token for each byte of a character, if there are such tokens. */
  private boolean addBytes(String symbol, List<Integer> ids) {
    byte[] utf8 = symbol.getBytes(StandardCharsets.UTF_8);
    for (byte value : utf8) {
      if (bytes[value & 0xff] < 0) {
        return false;
      }
    }
    for (byte value : utf8) {
      ids.add(bytes[value & 0xff]);
    }
    return true;
  }
}
