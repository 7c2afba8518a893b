package dev.bookend.model.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Plain greedy decoding, the reference for all other ways to decode: one decoder range of all
 * layers in this process, without a cloud, one token a step. The prompt runs in one step, or token
 * by token where the model has a sliding window. Not thread-safe.
 */
public final class WholeModel implements AutoCloseable {
  private final Decoder decoder;
  private final DecoderRange layers;
  private final OutputHead head;

  /**
   * @param checkpoint may be closed afterwards
   */
  public WholeModel(Checkpoint checkpoint, Device device, WeightType type) {
    decoder = Decoder.open(checkpoint, device, type);
    layers = decoder.range(0, decoder.config().layers());
    head = decoder.outputHead();
  }

  /** The choices, with log-probabilities; an end token's is the last. */
  public List<TokenChoice> decode(int[] prompt, int maxTokens, Set<Integer> endTokens) {
    boolean windowed = decoder.config().slidingWindow().isPresent();
    List<TokenChoice> choices = new ArrayList<>();
    try (KvCache cache = layers.newCache()) {
      TokenChoice choice = null;
      for (int done = 0; done < prompt.length; ) {
        int end = windowed ? done + 1 : prompt.length;
        choice = choose(Arrays.copyOfRange(prompt, done, end), done, cache);
        done = end;
      }
      choices.add(choice);
      while (!endTokens.contains(choice.token()) && choices.size() < maxTokens) {
        int position = prompt.length + choices.size() - 1;
        choice = choose(new int[] {choice.token()}, position, cache);
        choices.add(choice);
      }
    }
    return choices;
  }

  /** Logits [vocabulary] after the last token of a text that no sliding window cuts. */
  public float[] logits(int[] tokens) {
    try (KvCache cache = layers.newCache();
        NDManager scope = decoder.newScope()) {
      return head.logits(forward(scope, tokens, 0, cache)).get(tokens.length - 1).toFloatArray();
    }
  }

  private TokenChoice choose(int[] tokens, int from, KvCache cache) {
    try (NDManager scope = decoder.newScope()) {
      NDArray hidden = forward(scope, tokens, from, cache);
      NDArray last = hidden.get((tokens.length - 1) + ":" + tokens.length);
      int[] position = {from + tokens.length - 1};
      List<LogitEdit> none = List.of(LogitEdit.NONE);
      return head.choose(last, Sampling.GREEDY, position, none, OptionalInt.of(0))[0];
    }
  }

  private NDArray forward(NDManager scope, int[] tokens, int from, KvCache cache) {
    int end = from + tokens.length;
    int window = decoder.config().slidingWindow().orElse(end);
    BitSet cached = new BitSet();
    cached.set(Math.max(0, Math.min(from, end - window)), from);
    int[] positions = IntStream.range(from, end).toArray();
    Step step = Step.chain(positions, positions, cached, Step.capacityFor(end));
    return layers.forward(decoder.embedding().embed(scope, tokens), step, cache);
  }

  @Override
  public void close() {
    head.close();
    layers.close();
    decoder.close();
  }
}
