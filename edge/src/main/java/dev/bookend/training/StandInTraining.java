package dev.bookend.training;

import ai.djl.ndarray.types.DataType;
import dev.bookend.TextModel;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.store.Progress;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

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

  /** Of the hidden states on both sides of the middle. */
  private static final Kept BOTH_SIDES =
      new Kept(DataType.FLOAT32, outputs -> outputs.subList(0, 2));

  private final TextModel text;
  private final SplitModel model;
  private final Optional<byte[]> begun;
  private final int epochs;
  private final Progress progress;
  private final Consumer<Agreement> listener;

  /**
   * A training for a model and its split.
   *
   * @param model stays open until the training is over
   * @param begun the file of a head that is to learn more; empty: a new one
   * @param epochs how often each text is trained
   * @param listener is told now and then how good the head is
   * @throws BookendException if the file is damaged, or is for another model or split
   */
  public StandInTraining(
      TextModel model,
      Optional<Path> begun,
      int epochs,
      Progress progress,
      Consumer<Agreement> listener) {
    this.text = model;
    this.model = model.model();
    this.begun = begun.map(file -> new StandInFile(file, this.model.contract()).read());
    this.epochs = epochs;
    this.progress = progress;
    this.listener = listener;
  }

  /** The prompts that a model is given to write its training text. */
  public static List<String> prompts() {
    return BundledLines.of("standin-prompts.txt");
  }

  /**
   * Trains a head on text that the model writes, and writes its file. Where the whole model is on
   * this machine, it writes many texts side by side.
   *
   * @param tokens how many tokens the model is to write, prompts among them
   * @param seed it writes other texts with another one
   * @param keep given each text that has been written, with its special tokens; {@link #texts}
   *     reads them again
   * @param out the file to write; empty: the one that drafters look for
   * @return the file
   * @throws BookendException if what the model wrote has no more than 2H tokens
   */
  public Path fromOwnText(int tokens, long seed, Consumer<String> keep, Optional<Path> out) {
    StandInLessons lessons = new StandInLessons(model);
    OwnTexts writing = new OwnTexts(text, seed, progress);
    if (model.draftHeads().holdAllLayers()) {
      writing.answers(prompts(), tokens, BOTH_SIDES).forEach(lessons::add);
    } else {
      addAnswers(lessons, prompts().stream().map(writing::prompt).toList(), tokens, seed);
    }
    lessons.tokensOfEach().forEach(one -> keep.accept(text.tokenizer().decodeWithSpecial(one)));
    return write(lessons, out);
  }

  /** Has the split model answer one prompt after the other. */
  private void addAnswers(StandInLessons lessons, List<int[]> prompts, int tokens, long seed) {
    try (StandInHead head = model.draftHeads().newStandIn()) {
      int done = 0;
      for (int i = 0; done < tokens; i++) {
        int[] prompt = prompts.get(i % prompts.size());
        Sampling sampling = new Sampling(TEMPERATURE, 0, 1, seed + i);
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
    requireEnough(tokens);
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

  /** The map has 2H weights for each of its outputs. */
  private void requireEnough(int tokens) {
    int fewest = 2 * model.config().hiddenSize();
    if (tokens <= fewest) {
      throw new BookendException(
          ErrorCode.TRAINING_TEXT_TOO_SHORT,
          "the texts have %d tokens; a draft head for this model needs more than %d"
              .formatted(tokens, fewest));
    }
  }

  private Path write(StandInLessons lessons, Optional<Path> out) {
    requireEnough(lessons.tokens());
    StandInFile usual = StandInFile.of(model.contract());
    StandInFile file = new StandInFile(out.orElse(usual.path()), model.contract());
    lessons.learn(begun, epochs, progress, file::write, listener);
    return file.path();
  }
}
