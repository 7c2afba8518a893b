package dev.bookend.cli.chat;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.SessionLimits;
import dev.bookend.TextModel;
import dev.bookend.cli.chat.commands.Commands;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.remote.CloudAddress;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A shell without a terminal, with a random model of four layers. */
final class ShellFixture implements AutoCloseable {
  private static final String TEMPLATE =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}<assistant>";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Chat chat;

  ShellFixture() {
    this(true);
  }

  /**
   * @param isRead whether a person reads what it prints
   */
  ShellFixture(boolean isRead) {
    ModelChoice choice = new ModelChoice("small", "1:1", "embedded", Optional.empty());
    ModelOpener opener = (next, listener, progress) -> open(next);
    chat =
        new Chat(
            new ChatModel(opener, choice, open(choice), event -> {}),
            Screen.plain(stream(out), stream(err), isRead),
            new Interrupts(Optional.empty(), false),
            new CloudWatch(),
            new Settings(Sampling.GREEDY, false, 12),
            failure -> String.valueOf(failure.getMessage()),
            Commands.all());
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static Bookend open(ModelChoice choice) {
    if (!choice.model().startsWith("small")) {
      throw new IllegalArgumentException("there is no model " + choice.model());
    }
    SplitOptions split =
        SplitOptions.DEFAULT
            .withSplit(Split.parse(choice.split()))
            .withCloud(CloudAddress.parse(choice.cloud()));
    if (choice.link().isPresent()) {
      split = split.withLink(LinkProfile.parse(choice.link().get()));
    }
    return Bookend.of(
        TextModel.open(checkpoint(choice.model().length()), split),
        BookendOptions.of(choice.model())
            .withSessions(new SessionLimits(1, Duration.ofMinutes(5))));
  }

  private static RandomCheckpoint checkpoint(int seed) {
    try {
      TokenizerSource tokenizer = TestTokenizers.source("byte-level");
      return new RandomCheckpoint(
          seed,
          new ModelConfig(
              Architecture.LLAMA,
              Set.of(),
              4,
              24,
              40,
              4,
              2,
              8,
              401,
              1024,
              1e-5,
              new RotaryEmbedding(List.of(1.0, 0.1, 0.01, 0.001)),
              OptionalInt.empty(),
              Set.of(1)),
          new TokenizerSource(
              tokenizer.tokenizer().text(),
              Optional.of(new TokenizerSource.TemplateSource("small model", TEMPLATE)),
              tokenizer.specialTokens()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Chat chat() {
    return chat;
  }

  /** Types lines; returns what was shown on stdout since. */
  String type(String... lines) {
    out.reset();
    err.reset();
    new Shell(
            chat,
            new PipedLines(
                new BufferedReader(new StringReader(String.join("\n", lines))),
                UnaryOperator.identity()))
        .run();
    return out.toString(StandardCharsets.UTF_8);
  }

  /** What was said on stderr since the last lines. */
  String remarks() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    chat.close();
  }
}
