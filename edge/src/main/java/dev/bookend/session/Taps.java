package dev.bookend.session;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.DecoderRange.Tapped;
import dev.bookend.remote.HiddenStateLog;
import dev.bookend.remote.ResilientSequence.Answer;
import dev.bookend.remote.ResilientSequence.Request;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The inputs of some layers for a session's cached tokens, for drafters that read them. The output
 * of the last layer counts as the input of a layer behind it. Not thread-safe.
 */
final class Taps {
  private final int from;
  private final int to;
  private final int layers;
  private final SortedMap<Integer, HiddenStateLog> logs = new TreeMap<>();

  /**
   * No tokens yet.
   *
   * @param wanted numbers of layers in the whole model
   * @throws BookendException if one of them is in the middle, and the middle does not put out its
   *     input
   */
  Taps(EdgeModel model, SortedSet<Integer> wanted) {
    this.from = model.lower().layers();
    this.layers = model.config().layers();
    this.to = layers - model.upper().layers();
    for (int layer : wanted) {
      if (layer < 0 || layer > layers) {
        throw new IllegalArgumentException("layer " + layer + " of " + layers);
      }
      logs.put(
          layer, new HiddenStateLog(Math.multiplyExact(model.config().hiddenSize(), Float.BYTES)));
    }
    OptionalInt offered = model.locator().served().tappedLayer();
    for (int layer : between(from + 1, to)) {
      if (offered.isEmpty() || offered.getAsInt() != layer) {
        throw new BookendException(
            ErrorCode.DRAFTER_UNUSABLE,
            "a drafter reads the input of layer "
                + layer
                + ", which is in the cloud, and the middle there puts out "
                + (offered.isPresent() ? "that of layer " + offered.getAsInt() : "none")
                + "; use an embedded cloud, or more layers at the edge");
      }
    }
  }

  /** Those of them that a session keeps already and others. */
  static SortedSet<Integer> union(Optional<Taps> kept, List<Integer> more) {
    SortedSet<Integer> all = new TreeSet<>(more);
    kept.ifPresent(taps -> all.addAll(taps.logs.keySet()));
    return all;
  }

  /** How many layers' inputs are kept. */
  int size() {
    return logs.size();
  }

  private SortedSet<Integer> between(int first, int end) {
    return new TreeSet<>(logs.subMap(first, Math.max(first, end)).keySet());
  }

  /** Whether the middle must put out the input of one of its layers. */
  boolean areInMiddle() {
    return !between(from + 1, to).isEmpty();
  }

  /** Numbers, within the lower layers, of those whose inputs are wanted. */
  List<Integer> lower() {
    return List.copyOf(between(0, from));
  }

  /** Numbers, within the upper layers, of those whose inputs are wanted. */
  List<Integer> upper() {
    return between(Math.max(to, from + 1), layers).stream()
        .filter(layer -> layer > to)
        .map(layer -> layer - to)
        .toList();
  }

  /**
   * What a step has shown of the lower layers, by layer, FP32 [T,H].
   *
   * @param request with their output
   * @param all with the inputs of {@link #lower}
   */
  Map<Integer, ByteBuffer> ofLower(Request request, Tapped all) {
    Map<Integer, ByteBuffer> rows = inputs(all, lower(), 0);
    if (logs.containsKey(from)) {
      rows.put(from, request.hidden());
    }
    return rows;
  }

  /**
   * The same of all layers.
   *
   * @param below what {@link #ofLower} gave for the step
   * @param all the upper layers' output, and the inputs of {@link #upper}
   */
  Map<Integer, ByteBuffer> ofAll(Map<Integer, ByteBuffer> below, Answer answer, Tapped all) {
    Map<Integer, ByteBuffer> rows = inputs(all, upper(), to);
    rows.putAll(below);
    between(from + 1, to).forEach(layer -> rows.put(layer, answer.taps().orElseThrow()));
    if (logs.containsKey(to) && to > from) {
      rows.put(to, answer.hidden());
    }
    if (logs.containsKey(layers)) {
      rows.put(layers, all.output().toByteBuffer());
    }
    return rows;
  }

  private static Map<Integer, ByteBuffer> inputs(Tapped all, List<Integer> numbers, int first) {
    Map<Integer, ByteBuffer> rows = new HashMap<>();
    for (int i = 0; i < numbers.size(); i++) {
      rows.put(first + numbers.get(i), all.inputs().get(i).toByteBuffer());
    }
    return rows;
  }

  /**
   * Keeps a token of a step.
   *
   * @param rows what {@link #ofAll} gave for the step
   * @param token index in the step
   */
  void append(Map<Integer, ByteBuffer> rows, int token) {
    logs.forEach((layer, log) -> log.append(rows.get(layer), token));
  }

  /** Forgets all tokens from {@code length} on. */
  void truncate(int length) {
    // While a prompt is run, the upper layers are behind the lower ones.
    logs.values().forEach(log -> log.truncate(Math.min(length, log.length())));
  }

  /**
   * The input of a layer for the tokens [from,to), FP32 [to - from,H].
   *
   * @throws IllegalStateException if it is not kept
   */
  ByteBuffer rows(int layer, int first, int end) {
    if (!logs.containsKey(layer)) {
      throw new IllegalStateException("the input of layer " + layer + " was not to be kept");
    }
    return logs.get(layer).rows(first, end);
  }
}
