package dev.bookend.training;

import dev.bookend.TextModel;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.store.Progress;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Trains a stand-in head for a split model, from texts, or from what the model writes in answer to
 * some prompts. Needs nothing but the split itself: the hidden states on both sides of the middle.
 * While the model writes, a head that learns during use makes the draft tokens. Not thread-safe.
 */
public final class StandInTraining {
  private static final String WRITING = "writing";
  private static final String READING = "reading";
  private static final int ANSWER_TOKENS = 256;

  /** Longer texts are cut into pieces of so many tokens. */
  private static final int TEXT_TOKENS = 512;

  private static final double TEMPERATURE = 0.8;

  private final TextModel text;
  private final SplitModel model;
  private final int epochs;
  private final Progress progress;

  /**
   * A training for a model and its split.
   *
   * @param model stays open until the training is over
   * @param epochs how often each text is trained
   */
  public StandInTraining(TextModel model, int epochs, Progress progress) {
    this.epochs = epochs;
    this.text = model;
    this.model = model.model();
    this.progress = progress;
  }

  /** The prompts that a model is given to write its training text. */
  public static List<String> prompts() {
    try (InputStream in = StandInTraining.class.getResourceAsStream("standin-prompts.txt")) {
      String lines = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return lines.lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Trains a head on text that the model writes, and writes its file.
   *
   * @param tokens how many tokens the model is to write, prompts among them
   * @param out the file to write; empty: the one that drafters look for
   * @return the file
   */
  public Path fromOwnText(int tokens, Optional<Path> out) {
    List<String> prompts = prompts();
    StandInLessons lessons = new StandInLessons(model);
    try (StandInHead head = model.draftHeads().newStandIn()) {
      int done = 0;
      for (int i = 0; done < tokens; i++) {
        int[] prompt = prompt(prompts.get(i % prompts.size()));
        Sampling sampling = new Sampling(TEMPERATURE, 0, 1, i);
        try (Session session = model.newSession();
            Decoding decoding =
                new SpeculativeDecoding(
                    sampling, List.of(new StandInDrafter(head), new SuffixDrafter()))) {
          decoding.decode(
              session,
              prompt,
              Math.min(ANSWER_TOKENS, model.contextLength() - prompt.length),
              model.config().endTokens(),
              token -> true);
          lessons.add(session, prompt.length - 1);
          done += session.length();
        }
        progress.update(WRITING, Math.min(done, tokens), tokens);
      }
    }
    return write(lessons, out);
  }

  private int[] prompt(String line) {
    return text.hasChatTemplate()
        ? text.chatPrompt(List.of(new Message(Role.USER, line)))
        : text.rawPrompt(line);
  }

  /**
   * The tokens of each text.
   *
   * @param content the texts with form feeds between them
   */
  public List<int[]> texts(String content) {
    return Arrays.stream(content.split("\f", -1)).map(one -> text.rawPrompt(one.strip())).toList();
  }

  /**
   * The texts that the drafter {@code retrieval} looks in: those that come with Bookend for the
   * model's tokenizer, and the user's own sessions, if they are kept.
   */
  public List<int[]> retrievalTexts() {
    return text.allRetrievalTexts();
  }

  /**
   * Trains a head on texts, and writes its file.
   *
   * @param texts the token ids of each text
   * @param most how many tokens of the texts are used at most, from the first text on
   * @param out the file to write; empty: the one that drafters look for
   * @return the file
   * @throws BookendException if the texts have no more than 2H tokens
   */
  public Path fromTexts(List<int[]> texts, int most, Optional<Path> out) {
    int length = Math.min(TEXT_TOKENS, model.contextLength());
    List<int[]> pieces = new ArrayList<>();
    int tokens = 0;
    for (int[] all : texts) {
      for (int from = 0; from < all.length && tokens < most; from += length) {
        int to = Math.min(Math.min(all.length, from + length), from + most - tokens);
        pieces.add(Arrays.copyOfRange(all, from, to));
        tokens += to - from;
      }
    }
    if (tokens <= 2 * model.config().hiddenSize()) {
      throw new BookendException(
          ErrorCode.TRAINING_TEXT_TOO_SHORT,
          "the texts have "
              + tokens
              + " tokens; a draft head for this model needs more than "
              + 2 * model.config().hiddenSize());
    }
    StandInLessons lessons = new StandInLessons(model);
    int done = 0;
    for (int[] piece : pieces) {
      try (Session session = model.newSession()) {
        session.prefill(piece);
        lessons.add(session, 0);
      }
      done += piece.length;
      progress.update(READING, done, tokens);
    }
    return write(lessons, out);
  }

  private Path write(StandInLessons lessons, Optional<Path> out) {
    StandInFile usual = StandInFile.of(model.contract());
    StandInFile file = new StandInFile(out.orElse(usual.path()), model.contract());
    file.write(lessons.learn(epochs, progress));
    return file.path();
  }
}
