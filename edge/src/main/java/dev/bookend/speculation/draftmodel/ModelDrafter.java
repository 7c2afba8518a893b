package dev.bookend.speculation.draftmodel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Step;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Guesses with a smaller model of the same tokenizer, run as a whole on this machine: a chain of
 * its most probable tokens, and beside each the next most probable ones.
 */
public final class ModelDrafter implements Drafter {
  private static final String NAME = "model";
  private static final int DEEPEST = 8;
  private static final int BESIDE = 3;
  private static final double LEAST_REACH = 0.2; // another pass costs more than it brings
  private static final double LEAST_PROBABILITY = 0.05;
  private static final int TOKENS_PER_STEP = 256;

  private final String name;
  private final Checkpoint checkpoint;
  private final Decoder decoder;
  private final DecoderRange layers;
  private final OutputHead head;
  private final KvCache cache;
  private int[] text = new int[256];
  private int length;

  /** The tokens whose keys and values are in the cache, each in the slot of its position. */
  private int[] cached = new int[256];

  private int cachedLength;
  private int capacity;

  /**
   * Loads the model.
   *
   * @param name what {@code --draft} calls it
   * @param checkpoint closed with this
   */
  public ModelDrafter(String name, Checkpoint checkpoint) {
    this.name = name;
    this.checkpoint = checkpoint;
    this.decoder = Decoder.open(checkpoint, Device.cpu(), FloatType.F32);
    this.layers = decoder.range(0, checkpoint.config().layers());
    this.head = decoder.outputHead();
    this.cache = layers.newCache();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void observe(ObservedTokens committed) {
    if (committed.end() + DEEPEST >= text.length) {
      text = Arrays.copyOf(text, 2 * (committed.end() + DEEPEST));
      cached = Arrays.copyOf(cached, text.length);
    }
    System.arraycopy(committed.tokens(), 0, text, committed.position(), committed.tokens().length);
    length = committed.end();
  }

  @Override
  public void propose(DraftTree tree) {
    text[length] = tree.token(DraftTree.ROOT);
    int end = length + 1;
    int node = DraftTree.ROOT;
    double reach = 1;
    for (int depth = 0;
        depth < Math.min(DEEPEST, tree.maxDepth()) && reach >= LEAST_REACH;
        depth++) {
      if (!isKnown(text[end - 1]) || end >= checkpoint.config().contextLength()) {
        return;
      }
      List<Candidate> candidates = run(end);
      int parent = node;
      for (Candidate candidate : candidates) {
        if (candidate.probability() >= LEAST_PROBABILITY) {
          tree.add(parent, candidate.token(), candidate.probability());
        }
      }
      Candidate best = candidates.get(0);
      node = tree.child(parent, best.token());
      if (node == DraftTree.NONE) {
        return;
      }
      reach *= best.probability();
      text[end++] = best.token();
    }
  }

  private boolean isKnown(int token) {
    return token < checkpoint.config().vocabularySize();
  }

  /** Runs what the cache does not hold of the text up to an end; at least its last token. */
  private List<Candidate> run(int end) {
    int mismatch = Arrays.mismatch(cached, 0, cachedLength, text, 0, end);
    cachedLength = Math.min(mismatch < 0 ? end : mismatch, end - 1);
    capacity = Math.max(capacity, Step.capacityFor(end));
    while (true) {
      int count = Math.min(end - cachedLength, TOKENS_PER_STEP);
      int[] tokens = Arrays.copyOfRange(text, cachedLength, cachedLength + count);
      try (NDManager scope = decoder.newScope()) {
        NDArray embedded = decoder.embedding().embed(scope, tokens);
        NDArray hidden = layers.forward(embedded, step(cachedLength, count), cache);
        System.arraycopy(tokens, 0, cached, cachedLength, count);
        cachedLength += count;
        if (cachedLength == end) {
          return head.candidates(hidden.get((count - 1) + ":" + count), BESIDE).get(0);
        }
      }
    }
  }

  private Step step(int from, int count) {
    int[] positions = new int[count];
    Arrays.setAll(positions, i -> from + i);
    BitSet before = new BitSet();
    before.set(0, from);
    return Step.chain(positions, positions, before, capacity);
  }

  @Override
  public void close() {
    cache.close();
    head.close();
    layers.close();
    decoder.close();
    checkpoint.close();
  }

  /** The drafter {@code model}, whose argument is the name of a model. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String syntax() {
      return NAME + ":NAME";
    }

    @Override
    public void check(Optional<String> argument) {
      if (argument.orElse("").isEmpty()) {
        throw new IllegalArgumentException(
            "the drafter '" + NAME + "' needs the name of a model: " + syntax());
      }
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      String model = argument.orElseThrow();
      return new ModelDrafter(NAME + ":" + model, context.draftModel(model));
    }

    @Override
    public Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
      try (Checkpoint checkpoint = context.draftModel(argument.orElseThrow())) {
        return Optional.of(checkpoint.fingerprint());
      }
    }
  }
}
