package dev.bookend.evaluation.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.decoder.Decoder;
import dev.bookend.model.decoder.DecoderRange;
import dev.bookend.model.decoder.KvCache;
import dev.bookend.model.decoder.OutputHead;
import dev.bookend.model.decoder.Step;
import dev.bookend.model.decoder.TokenChoice;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Plain greedy decoding: one decoder range of all layers in this process, no cloud, no wire, one
 * token a step; the prompt in one step, or token by token where the model has a sliding window.
 */
final class WholeModel implements AutoCloseable {
  private static final int CAPACITY_STEP = 64;

  private final Decoder decoder;
  private final DecoderRange layers;
  private final OutputHead head;

  WholeModel(Checkpoint checkpoint, Device device, FloatType type) {
    decoder = Decoder.open(checkpoint, device, type);
    layers = decoder.range(0, decoder.config().layers());
    head = decoder.outputHead();
  }

  /** The choices, with log-probabilities; an end token's is the last. */
  List<TokenChoice> decode(int[] prompt, int maxTokens, Set<Integer> endTokens) {
    List<TokenChoice> choices = new ArrayList<>();
    boolean windowed = decoder.config().slidingWindow().isPresent();
    try (KvCache cache = layers.newCache()) {
      TokenChoice choice = null;
      for (int done = 0; done < prompt.length; ) {
        int count = windowed ? 1 : prompt.length;
        int from = done;
        done += count;
        choice = step(IntStream.range(from, done).map(i -> prompt[i]).toArray(), from, cache);
      }
      choices.add(choice);
      while (!endTokens.contains(choice.token()) && choices.size() < maxTokens) {
        int position = prompt.length + choices.size() - 1;
        choice = step(new int[] {choice.token()}, position, cache);
        choices.add(choice);
      }
    }
    return choices;
  }

  private TokenChoice step(int[] tokens, int from, KvCache cache) {
    int end = from + tokens.length;
    int window = decoder.config().slidingWindow().orElse(end);
    BitSet cached = new BitSet();
    cached.set(Math.max(0, Math.min(from, end - window)), from);
    int[] positions = IntStream.range(from, end).toArray();
    int capacity = (end + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP;
    try (NDManager scope = decoder.newScope()) {
      NDArray embedded = decoder.embedding().embed(scope, tokens);
      Step step = Step.chain(positions, positions, cached, capacity);
      NDArray hidden = layers.forward(embedded, step, cache);
      NDArray last = hidden.get((tokens.length - 1) + ":" + tokens.length);
      return head.withLogProbabilities(last, head.greedy(last))[0];
    }
  }

  @Override
  public void close() {
    head.close();
    layers.close();
    decoder.close();
  }
}
