package dev.bookend.evaluation.eval;

import dev.bookend.TextModel;
import dev.bookend.decoding.Decoding;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.model.store.Progress;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.session.ContextFullException;
import dev.bookend.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs the tasks of a script with a split model, one after the other. */
public final class Evaluation {
  private final TextModel model;
  private final Settings settings;
  private final ResultLog<Result> log;
  private final Progress progress;
  private int evaluated;

  /**
   * How to run tasks.
   *
   * @param decoding gives a new decoding for each answer; where tokens are sampled, each has a
   *     random seed of its own
   * @param sessions gives a new session for each task
   * @param maxTokens most tokens of an answer, unless the task says otherwise
   * @param window most tokens of a text that the model sees at once; a longer text is cut into
   *     windows that overlap by half, and each token is scored in the first window that contains it
   * @param key of all these settings
   */
  public record Settings(
      Function<Task.Answer, Decoding> decoding,
      Supplier<Session> sessions,
      int maxTokens,
      int window,
      String key) {
    /**
     * @throws IllegalArgumentException if the window is too small to predict a token
     */
    public Settings {
      if (window < 2) {
        throw new IllegalArgumentException(
            "a window of " + window + " tokens is too small: it must have at least 2");
      }
    }
  }

  public Evaluation(TextModel model, Settings settings, ResultLog<Result> log, Progress progress) {
    this.model = model;
    this.settings = settings;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Runs the tasks whose results are not yet in the log.
   *
   * @param onResult told each result in the tasks' order, as soon as it is known
   * @throws dev.bookend.remote.CloudException if the cloud is lost for good
   */
  public List<Result> run(List<Task> tasks, Consumer<Result> onResult) {
    List<Result> results = new ArrayList<>();
    for (Task task : tasks) {
      String key =
          ResultLog.key(
              List.of(
                  model.model().contract().fingerprint(),
                  model.model().options().split().toString(),
                  settings.key(),
                  task.toString()));
      // A task that failed is tried again: a server with a longer context may not refuse it.
      Result earlier = log.get(key).filter(result -> result.error() == null).orElse(null);
      if (earlier == null) {
        log.add(run(key, task));
        evaluated++;
      } else if (task instanceof Task.Answer answer && earlier.generated() != null) {
        model.remember(prompt(answer), earlier.generated().tokenIds());
      }
      Result result = log.get(key).orElseThrow();
      results.add(result);
      onResult.accept(result);
      progress.update("evaluating", results.size(), tasks.size());
    }
    return results;
  }

  /** How many tasks were run, rather than found in the log. */
  public int evaluated() {
    return evaluated;
  }

  private Result run(String key, Task task) {
    long start = System.nanoTime();
    try (Session session = settings.sessions().get()) {
      if (task instanceof Task.Answer answer) {
        return answer(key, answer, session, start);
      }
      return task instanceof Task.Perplexity text
          ? perplexity(key, text, session, start)
          : likelihood(key, (Task.Likelihood) task, session, start);
    } catch (ContextFullException | IllegalArgumentException e) {
      return Result.failed(key, task, e.getMessage(), millis(start));
    }
  }

  private Result answer(String key, Task.Answer task, Session session, long start) {
    int[] prompt = prompt(task);
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens");
    }
    int most = task.maxTokens() == null ? settings.maxTokens() : task.maxTokens();
    try (Decoding decoding = settings.decoding().apply(task)) {
      TextModel.Answer answer =
          model.generate(decoding, session, prompt, isContinued(task), most, task.stop());
      return Result.answered(key, task, answer, millis(start));
    }
  }

  private boolean isContinued(Task.Answer task) {
    return task.raw() || !model.hasChatTemplate();
  }

  private int[] prompt(Task.Answer task) {
    return isContinued(task)
        ? model.rawPrompt(task.prompt())
        : model.chatPrompt(List.of(new Message(Role.USER, task.prompt())));
  }

  private Result perplexity(String key, Task.Perplexity task, Session session, long start) {
    int[] tokens = model.rawPrompt(task.text());
    if (tokens.length < 2) {
      throw new IllegalArgumentException("the text has fewer than two tokens");
    }
    byte[] first = model.tokenizer().decode(tokens[0]).getBytes(StandardCharsets.UTF_8);
    return Result.perplexity(key, task, score(session, tokens), first.length, millis(start));
  }

  /** The scores of all tokens but the first. */
  private TokenScore[] score(Session session, int[] tokens) {
    int window = Math.min(settings.window(), model.model().contextLength());
    TokenScore[] all = new TokenScore[tokens.length - 1];
    for (int scored = 1; scored < tokens.length; ) {
      int from = scored == 1 ? 0 : Math.max(0, scored - window / 2);
      int to = Math.min(tokens.length, from + window);
      TokenScore[] seen = session.score(Arrays.copyOfRange(tokens, from, to));
      System.arraycopy(seen, scored - from - 1, all, scored - 1, to - scored);
      scored = to;
    }
    return all;
  }

  private Result likelihood(String key, Task.Likelihood task, Session session, long start) {
    // The whole text is encoded at once, because context and continuation on their own may give
    // other tokens where they meet. White space between them belongs to the continuation.
    String context = task.context().stripTrailing();
    int before = model.rawPrompt(context).length;
    int[] tokens = model.rawPrompt(task.context() + task.continuation());
    if (before == 0 || before >= tokens.length) {
      throw new IllegalArgumentException("the context or the continuation has no tokens");
    }
    TokenScore[] scores = session.score(tokens);
    TokenScore[] continued = Arrays.copyOfRange(scores, before - 1, scores.length);
    return Result.likelihood(key, task, continued, millis(start));
  }

  private static double millis(long start) {
    return (System.nanoTime() - start) / 1e6;
  }
}
