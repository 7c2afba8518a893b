package dev.bookend.model.checkpoint.gguf;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A SentencePiece BPE vocabulary (Llama 2, Mistral) as parts of a {@code tokenizer.json}.
 *
 * <p>SentencePiece repeatedly joins the two neighbours whose joint piece has the highest score. A
 * BPE with merges does nearly the same if it has a merge for every way to make a piece of two
 * others, ranked by the score of the piece: only of equal scores SentencePiece takes the leftmost
 * pair. So the scores are there too, for this program's own encoder. Characters that no piece has
 * are written as byte tokens.
 *
 * @param file for messages
 * @param tokens by id; U+2581 stands for a space
 * @param types as in a GGUF file: 1 normal, 2 unknown, 6 byte
 * @param scores by id
 * @param spaceBefore whether a space is put before every text
 */
record SentencePieceTokenizer(
    Path file, List<String> tokens, List<Long> types, List<Double> scores, boolean spaceBefore) {
  private static final long NORMAL = 1;
  private static final long UNKNOWN = 2;
  private static final long BYTE = 6;

  /** No piece is nearly as long; bounds the time that a corrupt one takes. */
  private static final int MAX_PIECE = 512;

  private record Merge(int left, int right, int whole) {}

  JsonElement normalizer() {
    String spaces = "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"}";
    return JsonParser.parseString(
        spaceBefore
            ? "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"\u2581\"},"
                + spaces
                + "]}"
            : spaces);
  }

  JsonElement decoder() {
    return JsonParser.parseString(
        "{\"type\":\"Sequence\",\"decoders\":["
            + "{\"type\":\"Replace\",\"pattern\":{\"String\":\"\u2581\"},\"content\":\" \"},"
            + "{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}"
            + (spaceBefore ? ",{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}" : "")
            + "]}");
  }

  /** Adds to a BPE model what only this kind has. */
  void complete(JsonObject model) {
    int unknown = types.indexOf(UNKNOWN);
    if (unknown >= 0) {
      model.addProperty("unk_token", tokens.get(unknown));
    }
    model.addProperty("fuse_unk", true);
    model.addProperty("byte_fallback", types.contains(BYTE));
    model.add("merges", merges());
    JsonArray byId = new JsonArray();
    for (int id = 0; id < tokens.size(); id++) {
      byId.add(types.get(id) == NORMAL ? new JsonPrimitive(scores.get(id)) : JsonNull.INSTANCE);
    }
    model.add("sentencepiece_scores", byId);
  }

  private JsonArray merges() {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (types.get(id) == NORMAL) {
        ids.put(tokens.get(id), id);
      }
    }
    List<Merge> merges = new ArrayList<>();
    ids.forEach(
        (piece, id) -> {
          if (piece.length() > MAX_PIECE || scores.get(id).isNaN()) {
            throw new BookendException(
                ErrorCode.MODEL_DAMAGED,
                file + ": corrupt: a piece of the vocabulary is too long or has no score");
          }
          for (int i = 1; i < piece.length(); i++) {
            Integer left = ids.get(piece.substring(0, i));
            Integer right = left == null ? null : ids.get(piece.substring(i));
            if (right != null) {
              merges.add(new Merge(left, right, id));
            }
          }
        });
    merges.sort(
        Comparator.comparing((Merge merge) -> scores.get(merge.whole), Comparator.reverseOrder())
            .thenComparingInt(Merge::whole)
            .thenComparingInt(Merge::left));
    JsonArray json = new JsonArray();
    for (Merge merge : merges) {
      JsonArray pair = new JsonArray();
      pair.add(tokens.get(merge.left));
      pair.add(tokens.get(merge.right));
      json.add(pair);
    }
    return json;
  }
}
