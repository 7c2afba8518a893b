package dev.bookend.edge;

import dev.bookend.edge.speculation.Committed;
import dev.bookend.edge.speculation.Standin;
import dev.bookend.edge.speculation.StandinDrafter;
import dev.bookend.edge.speculation.SuffixDrafter;
import dev.bookend.model.ModelException;
import dev.bookend.model.decoder.Sampling;
import dev.bookend.model.store.Progress;
import dev.bookend.model.text.Message;
import dev.bookend.model.text.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes a ready stand-in for the middle of a split model, through the split itself: from a text, or
 * from what the model writes when it is asked this and that. Then what it has learned so far
 * guesses along.
 */
public final class StandinTraining {
  private static final String WHAT = "learning";
  private static final int ANSWER_TOKENS = 256;
  private static final int TEXT_TOKENS = 1024; // a session each
  private static final int TEXTS_AT_ONCE = 16;
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
   * Learns from text that the model writes.
   *
   * @param tokens how much of it
   * @param out where to write the stand-in; empty: where drafting looks for it
   * @return where it was written
   */
  public Path fromOwnText(int tokens, Optional<Path> out) {
    List<String> prompts = prompts();
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
          done += session.length();
        }
        progress.update(WHAT, Math.min(done, tokens), tokens);
      }
      return write(standin, out);
    }
  }

  private int[] prompt(String line) {
    return text.hasChatTemplate()
        ? text.chatPrompt(List.of(new Message(Role.USER, line)))
        : text.rawPrompt(line);
  }

  /**
   * Learns from a text.
   *
   * @param most tokens of it
   * @throws ModelException if it is too short to learn from
   */
  public Path fromText(String content, int most, Optional<Path> out) {
    int[] all = text.rawPrompt(content);
    int tokens = Math.min(all.length, most);
    if (tokens <= 2 * model.config().hiddenSize()) {
      throw new ModelException(
          "the text has "
              + tokens
              + " tokens; a stand-in for this model needs more than "
              + 2 * model.config().hiddenSize());
    }
    int length = Math.min(TEXT_TOKENS, model.contextLength());
    try (Standin standin = model.newStandin()) {
      int pieces = 0;
      for (int done = 0; done < tokens; ) {
        int[] piece = Arrays.copyOfRange(all, done, Math.min(tokens, done + length));
        try (Session session = model.newSession()) {
          session.prefill(piece);
          StandinDrafter drafter = new StandinDrafter(standin);
          drafter.follow(session.draftLayers());
          drafter.observe(new Committed(0, piece));
        }
        done += piece.length;
        if (++pieces % TEXTS_AT_ONCE == 0) {
          standin.settle();
        }
        progress.update(WHAT, done, tokens);
      }
      return write(standin, out);
    }
  }

  private Path write(Standin standin, Optional<Path> out) {
    standin.settle();
    StandinFile usual = StandinFile.of(model.contract());
    StandinFile file = new StandinFile(out.orElse(usual.path()), model.contract());
    file.write(standin.weights());
    return file.path();
  }
}
