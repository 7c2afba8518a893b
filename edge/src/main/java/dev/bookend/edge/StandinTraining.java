package dev.bookend.edge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.edge.speculation.EdgeLayers;
import dev.bookend.edge.speculation.Standin;
import dev.bookend.edge.speculation.StandinDrafter;
import dev.bookend.edge.speculation.SuffixDrafter;
import dev.bookend.model.ModelException;
import dev.bookend.model.decoder.Distillation;
import dev.bookend.model.decoder.Sampling;
import dev.bookend.model.store.Progress;
import dev.bookend.model.text.Message;
import dev.bookend.model.text.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes a ready stand-in for the middle of a split model, through the split itself: from a text, or
 * from what the model writes when it is asked this and that; then a linear one, which learns along,
 * guesses.
 */
public final class StandinTraining {
  private static final String WRITING = "writing";
  private static final String READING = "reading";
  private static final String LEARNING = "learning";
  private static final int ANSWER_TOKENS = 256;
  private static final int TEXT_TOKENS = 512; // a session each
  private static final int FEWEST_TOKENS = 8;
  private static final int EPOCHS = 1;
  private static final double RATE = 1e-3;
  private static final int WARM_UP = 20;
  private static final double TEMPERATURE = 0.8;

  private final TextModel text;
  private final SplitModel model;
  private final Progress progress;

  public StandinTraining(TextModel model, Progress progress) {
    this.text = model;
    this.model = model.model();
    this.progress = progress;
  }

  /** The prompts that a model is given to write its training text. */
  static List<String> prompts() {
    try (InputStream in = StandinTraining.class.getResourceAsStream("standin-prompts.txt")) {
      String lines = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return lines.lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What the layers said of a text.
   *
   * @param lower FP32 [T,H]
   * @param middle FP32 [T,H]
   * @param from the first token that counts: before it the text is not the model's own
   */
  private record Lesson(List<Integer> tokens, ByteBuffer lower, ByteBuffer middle, int from) {
    static Lesson of(Session session, int[] tokens, int from) {
      EdgeLayers layers = session.draftLayers();
      int length = tokens.length;
      return new Lesson(
          IntStream.of(tokens).boxed().toList(),
          layers.lowerOutput(0, length),
          layers.middleOutput(0, length),
          from);
    }
  }

  /**
   * Learns from text that the model writes.
   *
   * @param tokens how much of it
   * @param out where to write the stand-in; empty: where drafting looks for it
   * @return where it was written
   */
  public Path fromOwnText(int tokens, Optional<Path> out) {
    List<String> prompts = prompts();
    List<Lesson> lessons = new ArrayList<>();
    try (Standin standin = model.newStandin()) {
      int done = 0;
      for (int i = 0; done < tokens; i++) {
        int[] prompt = prompt(prompts.get(i % prompts.size()));
        Sampling sampling = new Sampling(TEMPERATURE, 0, 1, i);
        try (Session session = model.newSession();
            Decoding decoding =
                new SpeculativeDecoding(
                    sampling, List.of(new StandinDrafter(standin), new SuffixDrafter()))) {
          decoding.decode(
              session,
              prompt,
              Math.min(ANSWER_TOKENS, model.contextLength() - prompt.length),
              model.config().endTokens(),
              token -> true);
          int[] written = session.tokens();
          lessons.add(Lesson.of(session, written, Math.min(prompt.length, written.length) - 1));
          done += written.length;
        }
        progress.update(WRITING, Math.min(done, tokens), tokens);
      }
    }
    return learn(lessons, out);
  }

  private int[] prompt(String line) {
    return text.hasChatTemplate()
        ? text.chatPrompt(List.of(new Message(Role.USER, line)))
        : text.rawPrompt(line);
  }

  /**
   * Learns from texts.
   *
   * @param content one text after the other, with a form feed between two
   * @param most tokens of it
   * @throws ModelException if it is too short to learn from
   */
  public Path fromText(String content, int most, Optional<Path> out) {
    int length = Math.min(TEXT_TOKENS, model.contextLength());
    List<int[]> pieces = new ArrayList<>();
    int tokens = 0;
    for (String one : content.split("\f", -1)) {
      int[] all = text.rawPrompt(one.strip());
      for (int from = 0; from < all.length && tokens < most; from += length) {
        int to = Math.min(Math.min(all.length, from + length), from + most - tokens);
        pieces.add(Arrays.copyOfRange(all, from, to));
        tokens += to - from;
      }
    }
    if (tokens <= 2 * model.config().hiddenSize()) {
      throw new ModelException(
          "the text has "
              + tokens
              + " tokens; a stand-in for this model needs more than "
              + 2 * model.config().hiddenSize());
    }
    List<Lesson> lessons = new ArrayList<>();
    int done = 0;
    for (int[] piece : pieces) {
      try (Session session = model.newSession()) {
        session.prefill(piece);
        lessons.add(Lesson.of(session, piece, 0));
      }
      done += piece.length;
      progress.update(READING, done, tokens);
    }
    return learn(lessons, out);
  }

  private Path learn(List<Lesson> all, Optional<Path> out) {
    List<Lesson> lessons = new ArrayList<>(all);
    lessons.removeIf(lesson -> lesson.tokens().size() - lesson.from() < FEWEST_TOKENS);
    int[] tokens = likelyTokens(lessons);
    try (NDManager scope = model.newScope();
        Distillation distillation = model.distillation(tokens, map(scope, lessons))) {
      int total = EPOCHS * lessons.size();
      Random random = new Random(1);
      for (int step = 0; step < total; step++) {
        if (step % lessons.size() == 0) {
          Collections.shuffle(lessons, random);
        }
        Lesson lesson = lessons.get(step % lessons.size());
        distillation.learn(
            lesson.lower(), lesson.middle(), Math.max(1, lesson.from()), rate(step, total));
        progress.update(LEARNING, step + 1, total);
      }
      StandinFile usual = StandinFile.of(model.contract());
      StandinFile file = new StandinFile(out.orElse(usual.path()), model.contract());
      file.write(
          new StandinWeights(IntStream.of(tokens).boxed().toList(), distillation.learned())
              .encode());
      return file.path();
    }
  }

  /** Rises at first, then falls along half a cosine to a twentieth. */
  private static double rate(int step, int total) {
    double falling = 0.525 + 0.475 * Math.cos(Math.PI * step / total);
    return RATE * Math.min(1, (step + 1.0) / WARM_UP) * falling;
  }

  /** The linear map that fits best. */
  private NDArray map(NDManager scope, List<Lesson> lessons) {
    try (Standin standin = model.newStandin()) {
      for (Lesson lesson : lessons) {
        int rowBytes = model.config().hiddenSize() * Float.BYTES;
        // Nothing comes before the first token, and what models say of it is unlike all else.
        ByteBuffer lower = lesson.lower().slice(rowBytes, lesson.lower().limit() - rowBytes);
        standin.learn(
            lower.order(ByteOrder.nativeOrder()),
            lesson.middle().duplicate().order(ByteOrder.nativeOrder()));
        standin.settle();
      }
      return standin.map(scope);
    }
  }

  /** Those of the texts, the most frequent first, then those that are likely anywhere. */
  private int[] likelyTokens(List<Lesson> lessons) {
    Map<Integer, Long> counts =
        lessons.stream()
            .flatMap(lesson -> lesson.tokens().stream())
            .collect(Collectors.groupingBy(token -> token, Collectors.counting()));
    IntStream frequent =
        counts.keySet().stream()
            .sorted(Comparator.comparingLong(token -> -counts.get(token)))
            .mapToInt(Integer::intValue);
    int[] usual = model.likelyTokens();
    return IntStream.concat(frequent, IntStream.of(usual)).distinct().limit(usual.length).toArray();
  }
}
