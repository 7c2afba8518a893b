package dev.bookend.training;

import dev.bookend.TextModel;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.store.Progress;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a model answers to prompts, some of which it writes itself. For the whole model on this
 * machine. Not thread-safe.
 */
final class OwnTexts {
  private static final String ASKING = "writing questions";
  private static final String ANSWERING = "writing";
  private static final int TEXT_TOKENS = 256;

  /** Prompts differ enough; an answer is to be one that the model is likely to give. */
  private static final double ANSWER_TEMPERATURE = 0.6;

  private static final double QUESTION_TEMPERATURE = 1;

  /** A draw from the whole vocabulary takes as long as all layers. */
  private static final int MOST_PROBABLE = 128;

  /** Few prompts with their answers have fewer tokens. */
  private static final int TOKENS_OF_A_TEXT = 150;

  /** Of the prompts that are not given: models ask about what many have written about. */
  private static final double QUESTIONS = 0.25;

  private final TextModel text;
  private final SplitModel model;
  private final long seed;
  private final Progress progress;

  /**
   * @param seed other texts are written with another one
   */
  OwnTexts(TextModel text, long seed, Progress progress) {
    this.text = text;
    this.model = text.model();
    this.seed = seed;
    this.progress = progress;
  }

  /**
   * Writes answers until they have so many tokens, the prompts among them.
   *
   * @param lines are answered in turn; where there are too few for so much text, then {@link Tasks}
   *     and {@link Questions} that the model writes itself
   */
  List<TrainingText> answers(List<String> lines, int tokens, Kept kept) {
    List<int[]> prompts = new ArrayList<>(lines.stream().map(this::prompt).toList());
    prompts.addAll(others(tokens / TOKENS_OF_A_TEXT - prompts.size()));
    Sampling sampling = new Sampling(ANSWER_TEMPERATURE, MOST_PROBABLE, 1, seed);
    int length = Math.min(TEXT_TOKENS, model.contextLength());
    Set<Integer> ends = model.config().endTokens();
    Iterator<int[]> next = Stream.generate(() -> prompts).flatMap(List::stream).iterator();
    return new TextWriter(model, length, sampling, ends, kept)
        .write(next, tokens, done -> progress.update(ANSWERING, done, tokens));
  }

  /** The tokens of a prompt, up to where the model is to answer. */
  int[] prompt(String line) {
    return text.hasChatTemplate()
        ? text.chatPrompt(List.of(new Message(Role.USER, line)))
        : text.rawPrompt(line);
  }

  private List<int[]> others(int count) {
    List<int[]> others = new ArrayList<>();
    if (count > 0) {
      Tasks tasks = new Tasks(seed);
      int asked = text.hasChatTemplate() ? (int) Math.ceil(QUESTIONS * count) : 0;
      Stream.generate(tasks::next).limit(count - asked).map(this::prompt).forEach(others::add);
      if (asked > 0) {
        others.addAll(questions(asked));
      }
      Collections.shuffle(others, new Random(seed)); // whichever are left out
    }
    return others;
  }

  private List<int[]> questions(int count) {
    Questions questions = new Questions(text);
    Set<Integer> ends = new HashSet<>(model.config().endTokens());
    ends.addAll(questions.ends());
    // Most are shorter than they may be, and a few are left out.
    int tokens = count * questions.length() * 2 / 3;
    Sampling sampling = new Sampling(QUESTION_TEMPERATURE, MOST_PROBABLE, 1, ~seed);
    Iterator<int[]> next = Stream.generate(questions::beginning).iterator();
    List<TrainingText> written =
        new TextWriter(model, questions.length(), sampling, ends, Kept.NOTHING)
            .write(next, tokens, done -> progress.update(ASKING, done, tokens));
    return questions.prompts(written);
  }
}
