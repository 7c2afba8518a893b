package dev.bookend.cli.chat;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.DraftedText;
import dev.bookend.Prompt;
import dev.bookend.SessionLimits;
import dev.bookend.cli.chat.CloudMeter.Reading;
import dev.bookend.cli.markdown.MarkdownRows;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudStatistics;
import dev.bookend.session.ContextFullException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jline.utils.AttributedString;

/** A conversation with a model, and what the shell's commands can do with it. For one thread. */
public final class Chat implements AutoCloseable {
  private static final long TICK_MILLIS = 50;
  private static final long STATUS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final ChatModel model;
  private final Screen screen;
  private final Interrupts interrupts;
  private final CloudWatch watch;
  private final Settings settings;
  private final Function<Exception, String> explain;
  private final List<SlashCommand> commands;
  private final Conversation conversation = new Conversation();
  private final Totals totals = new Totals();
  private final CloudMeter meter = new CloudMeter();
  private final StatusLine statusLine;
  private final MarkdownRows markdown;

  private Optional<Answer> last = Optional.empty();
  private CompletableFuture<Optional<Reading>> reading =
      CompletableFuture.completedFuture(Optional.empty()); // after the last answer
  private Optional<Reading> before = Optional.empty(); // and before it
  private List<String> attachments = new ArrayList<>();
  private LineInput input = (prompt, text) -> Optional.empty();
  private Optional<Exception> failure = Optional.empty();
  private Consumer<String> pieceListener = text -> {};
  private Runnable endListener = () -> {};
  private long statusDrawn;
  private boolean left;

  /** Reads a line of the user's. */
  @FunctionalInterface
  public interface LineInput {
    /**
     * Reads.
     *
     * @param text what stands in the line to begin with
     * @return empty: the user wants not to
     */
    Optional<String> read(String prompt, String text);
  }

  /**
   * Begins a conversation.
   *
   * @param model closed with this
   * @param watch hears what happens on the way to the cloud
   * @param explain what a failure is in words
   */
  public Chat(
      ChatModel model,
      Screen screen,
      Interrupts interrupts,
      CloudWatch watch,
      Settings settings,
      Function<Exception, String> explain,
      List<SlashCommand> commands) {
    this.model = model;
    this.screen = screen;
    this.interrupts = interrupts;
    this.watch = watch;
    this.settings = settings;
    this.explain = explain;
    this.commands = List.copyOf(commands);
    this.statusLine = new StatusLine(screen.look());
    this.markdown = new MarkdownRows(screen.look());
    modelChanged();
  }

  /** The model. */
  public ChatModel model() {
    return model;
  }

  /** What is shown. */
  public Screen screen() {
    return screen;
  }

  /** What Ctrl-C does. */
  public Interrupts interrupts() {
    return interrupts;
  }

  /** What {@code /set} changes. */
  public Settings settings() {
    return settings;
  }

  /** What was said. */
  public Conversation conversation() {
    return conversation;
  }

  /** What all answers have cost. */
  public Totals totals() {
    return totals;
  }

  /** All commands. */
  public List<SlashCommand> commands() {
    return commands;
  }

  /** Turns Markdown into rows. */
  public MarkdownRows markdown() {
    return markdown;
  }

  /** Reads another line of the user's, as for a message that is edited. */
  public LineInput input() {
    return input;
  }

  /**
   * Tells somebody else who writes to the same place what comes.
   *
   * @param piece before each piece of an answer
   * @param end behind an answer
   */
  public void onPiece(Consumer<String> piece, Runnable end) {
    pieceListener = piece;
    endListener = end;
  }

  void setInput(LineInput reader) {
    input = reader;
  }

  /** What a failure is in words. */
  public String explain(Exception failure) {
    return explain.apply(failure);
  }

  /** Why the last answer failed, where it did. */
  public Optional<Exception> failure() {
    return failure;
  }

  /** Leaves the shell after this command. */
  public void leave() {
    left = true;
  }

  boolean hasLeft() {
    return left || interrupts.isLeaving();
  }

  /** A text that goes with the next message. */
  public void attach(String text) {
    attachments.add(text);
  }

  /** Another model, split, cloud or link is in use: what was measured does not hold any more. */
  public void modelChanged() {
    statusLine.model(model.choice(), model.split());
    if (!screen.isPlain()) {
      reading = meter.read(statistics());
    }
    drawStatus(true);
  }

  private CloudStatistics statistics() {
    return model.split().statistics();
  }

  /** The last answer, with what is known of its cost by now. */
  public Optional<Answer> last() {
    if (last.isEmpty()) {
      return last;
    }
    Optional<Reading> after = CloudMeter.await(reading);
    if (before.isEmpty() || after.isEmpty()) {
      return last;
    }
    Completion completion = last.get().completion();
    DecodingMetrics metrics = completion.metrics();
    if (metrics.times().cloud() > 0) {
      return last;
    }
    Times times = metrics.times();
    double millis =
        after.get().total().share(before.get().total(), metrics.counts().requests()) / 1e6;
    // Where steps are sent ahead, the cloud may have computed longer than anybody waited for it.
    DecodingMetrics all = metrics.with(times.withCloud(Math.min(millis, times.network())));
    last = Optional.of(new Answer(completion.with(all), last.get().parts()));
    return last;
  }

  /** Whether there is a network between edge and cloud, real or emulated. */
  private boolean hasNetwork() {
    return !model.split().options().cloud().isEmbedded() || model.choice().link().isPresent();
  }

  /** How long the network takes there and back, where that was measured. */
  public OptionalDouble roundTripMillis() {
    return CloudMeter.await(reading)
        .map(one -> OptionalDouble.of(one.roundTripMillis()))
        .orElse(OptionalDouble.empty());
  }

  /** How long the last answer's requests have waited on the server, on average. */
  public OptionalDouble queueMillis() {
    Optional<Reading> after = CloudMeter.await(reading);
    return before.isPresent() && after.isPresent() && after.get().total().requests() > 0
        ? OptionalDouble.of(after.get().total().meanQueue(before.get().total()) / 1e6)
        : OptionalDouble.empty();
  }

  /** What was said to the model, as it is asked now. */
  public CompletionRequest request() {
    CompletionRequest request =
        CompletionRequest.chat(conversation.messages())
            .withSampling(settings.sampling())
            .withMaxTokens(settings.maxTokens());
    return settings.format().apply(request, model.bookend().model());
  }

  /** Says something to the model, with what was attached, and shows its answer. */
  public void ask(String text) {
    String message = text;
    if (!attachments.isEmpty()) {
      message = String.join("\n\n", attachments) + "\n\n" + text;
      attachments = new ArrayList<>();
    }
    conversation.ask(message);
    answer();
  }

  /** Asks a message again, as it was: what was attached to it is in it. */
  public void askAgain(String message) {
    unanswered = Optional.empty();
    conversation.ask(message);
    answer();
  }

  /** Shows the last answer again, each part in the colour of the drafter that had guessed it. */
  public void showDrafters() {
    if (last.isEmpty() || screen.isPlain()) {
      return;
    }
    DrafterColours colours = new DrafterColours(screen.look());
    PartsView view = new PartsView(new DraftedText(model.bookend().model()), colours);
    view.add(last.get().parts());
    view.finish();
    view.draw(screen, List.of());
    screen.print(colours.legend());
  }

  /** The last answer is no part of this conversation any more. */
  public void forgetLast() {
    last = Optional.empty();
    unanswered = Optional.empty();
  }

  /** Lets the model answer what was said last. */
  public void answer() {
    failure = Optional.empty();
    if (!screen.isPlain()) {
      before = CloudMeter.await(reading);
    }
    DrafterColours colours = new DrafterColours(screen.look());
    AnswerRun run = new AnswerRun(view(colours));
    try {
      Completion completion = run.run(model.bookend(), request(), interrupts, this::draw);
      end(run, completion, colours);
    } catch (ContextFullException e) {
      failed(
          run,
          e,
          "the conversation no longer fits the model's context; /clear begins anew, /undo takes the"
              + " last message back");
    } catch (CloudException e) {
      failed(run, e, e.getMessage() + "; send the message again to go on, or /retry");
    } catch (BookendException e) { // a template that refuses this conversation
      failed(run, e, explain(e));
    } finally {
      endListener.run();
    }
    drawStatus(true);
  }

  private void end(AnswerRun run, Completion completion, DrafterColours colours) {
    screen.endLive();
    screen.endLine();
    keep(run);
    last = Optional.of(new Answer(completion, run.parts()));
    totals.add(completion);
    if (!screen.isPlain()) {
      screen.print(List.of(AttributedString.EMPTY));
    }
    if (settings.view() == Settings.View.DRAFTERS && !screen.isPlain()) {
      screen.print(colours.legend());
    }
    watch.takeRemarks().forEach(screen::remark);
    tellOfEnd(run, completion);
    if (!screen.isPlain()) {
      if (!run.told().isEmpty()) {
        statusLine.speed(
            last.get().tokensPerSecond(), completion.metrics().counts().tokensPerRoundTrip());
        statusLine.bytes(
            completion.metrics().bytes().sent(), completion.metrics().bytes().received());
      }
      reading = meter.read(statistics());
    }
  }

  /** Says why an answer has ended that may not be whole. */
  private void tellOfEnd(AnswerRun run, Completion completion) {
    if (completion.finishReason() == FinishReason.LENGTH) {
      screen.remark(
          "(ended after "
              + Figures.count(completion.tokens().size(), "token")
              + "; /set max_tokens allows more)");
    } else if (completion.finishReason() == FinishReason.INTERRUPTED && !screen.isPlain()) {
      screen.remark(
          run.told().isEmpty()
              ? "(ended by Ctrl-C before anything came; /retry asks again)"
              : "(ended by Ctrl-C; what came is kept)");
    }
  }

  private void failed(AnswerRun run, BookendException cause, String message) {
    screen.endLive();
    screen.endLine();
    keep(run);
    watch.takeRemarks().forEach(screen::remark);
    if (cause.code() == ErrorCode.CANCELLED && interrupts.wasPressed()) {
      return;
    }
    screen.error(message);
    failure = Optional.of(cause);
  }

  /** What the model has said stays, also where the answer broke off. */
  private void keep(AnswerRun run) {
    if (run.told().isEmpty()) {
      unanswered = conversation.undo();
    } else {
      unanswered = Optional.empty();
      conversation.answer(run.told());
    }
  }

  private Optional<String> unanswered = Optional.empty(); // what nothing was said to

  /** The message that no answer came to, where that was the last one. */
  public Optional<String> unanswered() {
    return unanswered;
  }

  private AnswerView view(DrafterColours colours) {
    if (screen.isPlain()) {
      return new PlainView(pieceListener);
    }
    return switch (settings.view()) {
      case MARKDOWN -> new MarkdownView(markdown);
      case DRAFTERS -> new PartsView(new DraftedText(model.bookend().model()), colours);
      case RAW -> new RawView();
    };
  }

  private void draw(AnswerRun run) {
    if (run.tokens() > 0) {
      watch.arrived();
    }
    List<AttributedString> below = notice();
    if (below.isEmpty() && run.tokens() == 0 && run.seconds() > 1 && !screen.isPlain()) {
      below =
          List.of(
              new AttributedString(
                  "reading the conversation, %.0f s ...".formatted(run.seconds()),
                  screen.look().dim()));
    }
    run.view().draw(screen, below);
    if (run.tokens() > 0) {
      int tokens = run.tokens();
      statusLine.speed(
          tokens / Math.max(0.001, run.seconds()),
          run.roundTrips() == 0 ? 0 : (double) (tokens - 1) / run.roundTrips());
    }
    drawStatus(false);
  }

  private List<AttributedString> notice() {
    return watch
        .notice()
        .map(text -> List.of(new AttributedString(text, screen.look().warning())))
        .orElse(List.of());
  }

  /** Draws the line at the bottom, if it is time. */
  void drawStatus(boolean now) {
    if (screen.isPlain() || (!now && System.nanoTime() - statusDrawn < STATUS_NANOS)) {
      return;
    }
    statusDrawn = System.nanoTime();
    if (reading.isDone()) {
      if (hasNetwork()) {
        CloudMeter.await(reading).ifPresent(one -> statusLine.network(one.roundTripMillis()));
      }
      statusLine.queue(queueMillis());
    }
    screen.status(width -> settings.isStatusShown() ? List.of(statusLine.of(width)) : List.of());
  }

  /**
   * Answers a request beside the conversation, with a session of its own, and shows how far it has
   * come.
   *
   * @param what it is, in words
   * @return empty: Ctrl-C ended it
   */
  public Optional<Answer> beside(String what, BookendOptions options, CompletionRequest request) {
    SessionLimits one = new SessionLimits(1, SessionLimits.DEFAULT.idleTime());
    AnswerRun run = new AnswerRun(new SilentView());
    try (Bookend other = model.bookend().beside(options.withSessions(one))) {
      CompletableFuture<Optional<Reading>> start = meter.read(statistics());
      Optional<Reading> first = CloudMeter.await(start);
      Completion completion =
          run.run(
              other,
              request,
              interrupts,
              under ->
                  screen.live(
                      withNotice(
                          "%s: %s, %s tok/s ..."
                              .formatted(
                                  what,
                                  Figures.count(under.tokens(), "token"),
                                  Figures.tenths(under.tokens() / under.seconds())))));
      Optional<Reading> second = CloudMeter.await(meter.read(statistics()));
      screen.endLive();
      if (interrupts.wasPressed()) {
        return Optional.empty();
      }
      DecodingMetrics metrics = completion.metrics();
      if (first.isPresent() && second.isPresent()) {
        double millis =
            second.get().total().share(first.get().total(), metrics.counts().requests()) / 1e6;
        metrics =
            metrics.with(metrics.times().withCloud(Math.min(millis, metrics.times().network())));
      }
      return Optional.of(new Answer(completion.with(metrics), run.parts()));
    } finally {
      screen.endLive();
      watch.takeRemarks().forEach(screen::remark);
    }
  }

  /**
   * Opens another model, split or cloud, and says meanwhile what is waited for. The conversation
   * stays.
   *
   * @throws RuntimeException why it cannot be opened; the old one is open then
   */
  public void change(ModelChoice next) {
    Download download = new Download();
    try {
      busy(
          () -> download.row().orElse("opening " + next.model() + " " + next.split() + " ..."),
          () -> {
            model.change(next, download);
            return null;
          });
    } finally {
      modelChanged();
    }
  }

  /**
   * Does something that takes a while, on another thread, which Ctrl-C interrupts.
   *
   * @param what to show meanwhile
   */
  public <T> T busy(Supplier<String> what, Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(work.get());
              } catch (Throwable e) { // also errors: someone waits for the result
                result.completeExceptionally(e);
              }
            },
            "bookend-chat-work");
    thread.start();
    Interrupts.Watch watching = interrupts.during(thread::interrupt);
    try {
      while (!result.isDone()) {
        try {
          result.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
          // Looks again; a failure is thrown below.
        } catch (InterruptedException e) {
          thread.interrupt();
          Thread.currentThread().interrupt();
          break;
        }
        if (!screen.isPlain()) {
          screen.live(withNotice(what.get()));
        }
      }
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    } finally {
      watching.close();
      screen.endLive();
      watch.takeRemarks().forEach(screen::remark);
    }
  }

  private List<AttributedString> withNotice(String text) {
    List<AttributedString> rows = new ArrayList<>();
    rows.add(new AttributedString(text, screen.look().dim()));
    rows.addAll(notice());
    return rows;
  }

  /** Tokens of the conversation as it would be sent now; 0 if nothing was said. */
  public int promptTokens() {
    return conversation.messages().isEmpty()
        ? 0
        : model.bookend().tokens(new Prompt.Chat(conversation.messages())).length;
  }

  @Override
  public void close() {
    meter.close();
    model.close();
  }
}
