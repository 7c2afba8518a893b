package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TextBatch;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.store.Progress;
import dev.bookend.session.EdgeModel;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes what a model answers to prompts, many answers side by side. For the whole model on this
 * machine. Not thread-safe.
 */
final class OwnTexts {
  private static final String WRITING = "writing";
  private static final Sampling SAMPLING = new Sampling(0.8, 0, 1, 1);
  private static final int FEWEST_TOKENS = 8;

  private final SplitModel model;
  private final int sideBySide;
  private final int length;
  private final int width;
  private final Progress progress;

  /**
   * @param sideBySide how many texts at a time
   * @param length most tokens of a text, its prompt among them
   */
  OwnTexts(SplitModel model, int sideBySide, int length, Progress progress) {
    this.model = model;
    this.sideBySide = sideBySide;
    this.length = Math.min(length, model.contextLength());
    this.width = model.config().hiddenSize();
    this.progress = progress;
  }

  /** A text that grows. */
  private final class Growing {
    private final int number;
    private final int[] tokens = new int[length];
    private final float[] features = new float[length * width];
    private final int prompt;
    private int known;
    private int ran;
    private boolean isDone;

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

    /** Takes what the model makes of the token that was run. */
    void add(FloatBuffer output, TokenChoice choice) {
      output.get(features, ran * width, width);
      ran++;
      if (ran == known && known < length && !model.config().endTokens().contains(choice.token())) {
        tokens[known++] = choice.token();
      }
      isDone = ran == known;
    }

    /** Empty where the answer is too short to learn from. */
    Optional<TrainingText> text() {
      if (ran - prompt < FEWEST_TOKENS) {
        return Optional.empty();
      }
      try (NDManager scope = model.edge().newScope()) {
        Shape shape = new Shape(ran, width);
        NDArray rows = scope.create(Arrays.copyOf(features, ran * width), shape);
        ByteBuffer halves = rows.toType(DataType.FLOAT16, true).toByteBuffer();
        int from = Math.max(1, prompt - 1);
        return Optional.of(new TrainingText(Arrays.copyOf(tokens, ran), halves, from));
      }
    }
  }

  /**
   * Writes texts until they have so many tokens, the prompts among them.
   *
   * @param prompts are used in turn, again and again; an answer is drawn at random
   */
  List<TrainingText> write(List<int[]> prompts, int tokens) {
    List<TrainingText> done = new ArrayList<>();
    List<Growing> growing = new ArrayList<>();
    Iterator<int[]> next = Stream.generate(() -> prompts).flatMap(List::stream).iterator();
    int ended = 0;
    try (TextBatch batch = model.draftHeads().texts(sideBySide, length)) {
      for (int total = 0; total < tokens; total += sideBySide) {
        for (int place = 0; place < sideBySide; place++) {
          if (place == growing.size()) {
            growing.add(new Growing(place, next.next()));
          } else if (growing.get(place).isDone) {
            growing.get(place).text().ifPresent(done::add);
            ended++;
            growing.set(place, new Growing(ended + sideBySide, next.next()));
          }
        }
        step(batch, growing);
        progress.update(WRITING, total, tokens);
      }
    }
    growing.forEach(text -> text.text().ifPresent(done::add));
    return done;
  }

  /** Makes each text a token longer. */
  private void step(TextBatch batch, List<Growing> growing) {
    EdgeModel edge = model.edge();
    int[] tokens = growing.stream().mapToInt(Growing::next).toArray();
    int[] places = growing.stream().mapToInt(text -> text.ran).toArray();
    int[] drawn = growing.stream().mapToInt(Growing::position).toArray();
    try (NDManager scope = edge.newScope()) {
      NDArray hidden = batch.forward(edge.embedding().embed(scope, tokens), places);
      TokenChoice[] choices = edge.head().choose(hidden, SAMPLING, drawn);
      ByteBuffer output = edge.head().normed(hidden).toByteBuffer();
      FloatBuffer rows = output.order(ByteOrder.nativeOrder()).asFloatBuffer();
      for (int place = 0; place < choices.length; place++) {
        growing.get(place).add(rows, choices[place]);
      }
    }
  }
}
