package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TextBatch;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.EdgeModel;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/** Continues prompts, many side by side. Not thread-safe. */
final class TextWriter {
  private static final int SIDE_BY_SIDE = 64;

  private final SplitModel model;
  private final int length;
  private final int width;
  private final Sampling sampling;
  private final Set<Integer> ends;
  private final Kept kept;

  /**
   * @param length most tokens of a text, its prompt among them
   * @param ends tokens that end a text; they are not part of it
   * @param kept of each text's hidden states
   */
  TextWriter(SplitModel model, int length, Sampling sampling, Set<Integer> ends, Kept kept) {
    this.model = model;
    this.length = length;
    this.width = model.config().hiddenSize();
    this.sampling = sampling;
    this.ends = Set.copyOf(ends);
    this.kept = kept;
  }

  /** A text that grows. */
  private final class Growing {
    private final int number;
    private final int[] tokens = new int[length];
    private final List<float[]> states = new ArrayList<>();
    private final int prompt;
    private int known;
    private int ran;

    Growing(int number, int[] prompt) {
      this.number = number;
      this.prompt = Math.min(prompt.length, length);
      this.known = this.prompt;
      System.arraycopy(prompt, 0, tokens, 0, this.prompt);
    }

    int next() {
      return tokens[ran];
    }

    /** A number that no other token of any text has, from which its choice is drawn. */
    int position() {
      return number * length + ran;
    }

    boolean isDone() {
      return ran == known;
    }

    /**
     * Takes what the model makes of the token that was run.
     *
     * @param rows of each kind of state that is kept, where this text's row is next
     */
    void add(List<FloatBuffer> rows, int token) {
      for (int i = 0; i < rows.size(); i++) {
        if (states.size() == i) {
          states.add(new float[length * width]);
        }
        rows.get(i).get(states.get(i), ran * width, width);
      }
      ran++;
      if (ran == known && known < length && !ends.contains(token)) {
        tokens[known++] = token;
      }
    }

    TrainingText text() {
      try (NDManager scope = model.edge().newScope()) {
        Shape shape = new Shape(ran, width);
        List<ByteBuffer> all = new ArrayList<>();
        for (float[] state : states) {
          NDArray rows = scope.create(Arrays.copyOf(state, ran * width), shape);
          all.add(rows.toType(kept.type(), true).toByteBuffer());
        }
        return new TrainingText(Arrays.copyOf(tokens, ran), Math.max(1, prompt - 1), all);
      }
    }
  }

  /**
   * Writes texts until they have so many tokens, the prompts among them.
   *
   * @param prompts without end
   * @param listener is told how many tokens there are
   * @return those that are long enough to learn from
   */
  List<TrainingText> write(Iterator<int[]> prompts, int tokens, IntConsumer listener) {
    List<TrainingText> done = new ArrayList<>();
    List<Growing> growing = new ArrayList<>();
    int begun = 0;
    // Fewer, if otherwise none would come to its end.
    int sideBySide = Math.max(1, Math.min(SIDE_BY_SIDE, tokens / length));
    try (TextBatch batch = model.draftHeads().texts(sideBySide, length)) {
      for (int total = 0; total < tokens; total += sideBySide) {
        for (int place = 0; place < sideBySide; place++) {
          if (place == growing.size()) {
            growing.add(new Growing(begun++, prompts.next()));
          } else if (growing.get(place).isDone()) {
            done.add(growing.get(place).text());
            growing.set(place, new Growing(begun++, prompts.next()));
          }
        }
        step(batch, growing);
        listener.accept(Math.min(tokens, total + sideBySide));
      }
    }
    growing.forEach(text -> done.add(text.text()));
    return done.stream().filter(TrainingText::isLongEnough).toList();
  }

  /** Makes each text a token longer. */
  private void step(TextBatch batch, List<Growing> growing) {
    EdgeModel edge = model.edge();
    int[] tokens = growing.stream().mapToInt(Growing::next).toArray();
    int[] places = growing.stream().mapToInt(text -> text.ran).toArray();
    int[] drawn = growing.stream().mapToInt(Growing::position).toArray();
    try (NDManager scope = edge.newScope()) {
      List<NDArray> outputs = batch.forward(edge.embedding().embed(scope, tokens), places);
      TokenChoice[] choices = edge.head().choose(outputs.get(outputs.size() - 1), sampling, drawn);
      List<FloatBuffer> rows = kept.of().apply(outputs).stream().map(TextWriter::floats).toList();
      for (int place = 0; place < choices.length; place++) {
        growing.get(place).add(rows, choices[place].token());
      }
    }
  }

  private static FloatBuffer floats(NDArray rows) {
    return rows.toByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
