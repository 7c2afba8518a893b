package dev.bookend.speculation.draftmodel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Proposes what a smaller model with the same tokenizer, run as a whole on this machine, continues
 * with: a chain of its most probable tokens, and beside each the next most probable ones (Leviathan
 * et al., Fast Inference from Transformers via Speculative Decoding, ICML 2023). Computes on the
 * CPU, in integers where it can. Not thread-safe.
 */
public final class ModelDrafter implements Drafter {
  private static final String NAME = "model";
  private static final int DEEPEST = 8;
  private static final int BESIDE = 3;

  /**
   * Below this probability of the chain so far, another pass of the model is not worth its time.
   */
  private static final double LEAST_REACH = 0.2;

  private static final double LEAST_PROBABILITY = 0.05;
  private static final int TOKENS_PER_STEP = 256;

  private final String name;
  private final Checkpoint checkpoint;
  private final Decoder decoder;
  private final DecoderRange layers;
  private final OutputHead head;
  private final KvCache cache;
  private final TokenBuffer text = new TokenBuffer();

  /** The tokens whose keys and values are in the cache, each in the slot of its position. */
  private final TokenBuffer cached = new TokenBuffer();

  private int capacity;

  /**
   * Loads the model.
   *
   * @param name the drafter's full name
   * @param checkpoint closed with this
   * @throws dev.bookend.error.BookendException if the model cannot be used
   */
  public ModelDrafter(String name, Checkpoint checkpoint) {
    this.name = name;
    this.checkpoint = checkpoint;
    this.decoder = Decoder.openForDrafts(checkpoint, Device.cpu(), WeightType.F32);
    this.layers = decoder.range(0, checkpoint.config().layers());
    this.head = decoder.outputHead();
    this.cache = layers.newCache();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void observe(ObservedTokens observed) {
    text.truncate(observed.position());
    text.add(observed.tokens());
  }

  @Override
  public void propose(DraftTree tree) {
    int length = text.length();
    text.add(tree.token(DraftTree.ROOT));
    extend(tree);
    text.truncate(length);
  }

  /** Adds a chain, and tokens beside it, to a tree whose root ends the text. */
  private void extend(DraftTree tree) {
    int node = DraftTree.ROOT;
    double reach = 1;
    for (int depth = 0;
        depth < Math.min(DEEPEST, tree.maxDepth()) && reach >= LEAST_REACH;
        depth++) {
      int end = text.length();
      if (!isKnown(text.get(end - 1)) || end >= checkpoint.config().contextLength()) {
        return;
      }
      List<Candidate> candidates = run();
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
      text.add(best.token());
    }
  }

  private boolean isKnown(int token) {
    return token < checkpoint.config().vocabularySize();
  }

  /** Runs the part of the text that the cache does not hold; at least its last token. */
  private List<Candidate> run() {
    int end = text.length();
    cached.truncate(Math.min(cached.commonPrefix(text), end - 1));
    capacity = Math.max(capacity, Step.capacityFor(end));
    while (true) {
      int from = cached.length();
      // The first token's hidden states are so large that others beside it would be rounded to
      // nothing.
      int count = from == 0 ? 1 : Math.min(end - from, TOKENS_PER_STEP);
      int[] tokens = text.range(from, from + count);
      try (NDManager scope = decoder.newScope()) {
        NDArray embedded = decoder.embedding().embed(scope, tokens);
        NDArray hidden = layers.forward(embedded, step(from, count), cache);
        cached.add(tokens);
        if (cached.length() == end) {
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
