package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.bookend.TextModel;
import dev.bookend.evaluation.attack.VocabularyMatching.Otherwise;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.session.EdgeModel;
import dev.bookend.split.SplitModel;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Reads prompts of a model that is in use from the hidden states that go to the cloud, by the
 * strongest attack that needs no training: vocabulary matching, with a codebook that says which
 * tokens to try first. The attacker is taken to have the layers at the edge, as anyone has those of
 * a public model; it works with the edge's own, and loads no others.
 *
 * <p>The codebook is made for the first prompt and kept: FP32 [V,H], on the edge's device. One
 * prompt is read at a time; others wait.
 */
public final class PromptReader implements AutoCloseable {
  private static final int TOKENS_PER_STEP = 256;

  private final TextModel model;
  private final LayerRanges layers;
  private final int depth;
  private final NDManager kept;
  private NDArray book;

  /** Hears how far the attack has come, on the thread that runs it. What it throws ends it. */
  public interface Listener {
    /** So many tokens of the vocabulary are in the codebook. */
    void onPreparing(long done, long total);

    /** The attack is certain of a token. */
    void onToken(int position, int token);
  }

  /**
   * A reader of a model's prompts.
   *
   * @param model stays open, longer than this
   */
  public PromptReader(TextModel model) {
    this.model = model;
    EdgeModel edge = model.model().edge();
    this.depth = model.model().options().split().lower();
    this.layers =
        new LayerRanges(
            edge.config(),
            edge.embedding(),
            edge::newScope,
            new TreeMap<>(depth == 0 ? Map.of() : Map.of(depth, edge.lower())));
    this.kept = layers.newScope();
  }

  /**
   * Computes the hidden states of a prompt as they are sent, and reads them.
   *
   * @param prompt at least one token
   * @return the tokens that the attack takes the prompt for, as many
   */
  public synchronized int[] read(int[] prompt, Listener listener) {
    SplitModel split = model.model();
    boolean half = split.wireType().toLowerCase(Locale.ROOT).contains("16");
    Wire wire = new Wire.Floats(half);
    int[] beginning = beginning();
    try (NDManager scope = layers.newScope()) {
      NDArray sent = wire.carry(states(scope, prompt), new Random(0));
      if (book == null) {
        int[] before = beginning.length > 0 ? beginning : model.rawPrompt("The");
        book = codebook(before, listener);
      }
      // In a narrow type two computations of one state differ by more than the slack.
      Otherwise otherwise =
          split.options().type() == WeightType.F32 ? Otherwise.TRY_ALL : Otherwise.TAKE_NEAREST;
      return new VocabularyMatching(
              layers, depth, wire, new NearestInverter(book), beginning, otherwise)
          .recover(sent, listener::onToken);
    }
  }

  private NDArray codebook(int[] before, Listener listener) {
    if (depth == 0) {
      NDArray embedding = Pairs.scaled(layers.wholeEmbedding(kept));
      listener.onPreparing(layers.vocabularySize(), layers.vocabularySize());
      return embedding;
    }
    Collection<Integer> depths = List.of(depth);
    try (NDManager making = kept.newSubManager()) {
      NDArray made =
          Codebook.make(
                  layers,
                  depths,
                  making,
                  before,
                  (what, done, total) -> listener.onPreparing(done, total))
              .get(depth);
      made.attach(kept);
      return made;
    }
  }

  /** What every conversation begins with, as the model's chat template has it; may be empty. */
  private int[] beginning() {
    if (!model.hasChatTemplate()) {
      return new int[0];
    }
    int[] one = model.chatPrompt(List.of(new Message(Role.USER, "Apples")));
    int[] other = model.chatPrompt(List.of(new Message(Role.USER, "7")));
    return Arrays.copyOf(one, Math.max(0, Arrays.mismatch(one, other)));
  }

  /** FP32 [T,H]: the lower layers' output. */
  private NDArray states(NDManager scope, int[] tokens) {
    NDList parts = new NDList();
    try (LayerRanges.Run run = layers.run(0, depth)) {
      for (int from = 0; from < tokens.length; from += TOKENS_PER_STEP) {
        int to = Math.min(tokens.length, from + TOKENS_PER_STEP);
        try (NDManager step = layers.newScope()) {
          NDArray embedded = layers.embed(step, Arrays.copyOfRange(tokens, from, to));
          NDArray part = run.last(embedded, LayerRanges.chain(from, to - from));
          part.attach(scope);
          parts.add(part);
        }
      }
    }
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts);
  }

  /** Frees the codebook. */
  @Override
  public synchronized void close() {
    kept.close();
  }
}
