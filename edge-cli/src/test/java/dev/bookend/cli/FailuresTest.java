package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
  private static final CommandLine MAIN = Main.commandLine();

  private static OutOfMemoryError heap() {
    return new OutOfMemoryError("Java heap space"); // as the JVM says it
  }

  @Test
  void aFullHeapIsFoundUnderWhateverWrapsItWithWhatHelps() {
    CompletionException joined =
        assertThrows(
            CompletionException.class, () -> CompletableFuture.failedFuture(heap()).join());
    long megabytes = Runtime.getRuntime().maxMemory() >> 20;
    String expected =
        "Java's heap of "
            + megabytes
            + " MB is full; for a larger one run JDK_JAVA_OPTIONS=-Xmx"
            + 2 * megabytes
            + "m bookend ...";
    assertEquals(expected, Failures.message(joined));
    assertEquals(expected, Failures.message(new ExecutionException(joined)));
    assertEquals(expected, Failures.message(new IllegalStateException("while decoding", heap())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unable to create native thread: possibly out of memory|the machine's memory is full (una",
        "Cannot reserve 8 bytes of direct buffer memory|Java's direct memory, where weights lie",
        "Unable to allocate 113246208 bytes|the machine's memory is full (Unable",
        "GC overhead limit exceeded|Java's heap of",
      })
  void whatElseTheJvmRunsOutOfIsNamed(String what, String expected) {
    String message = Failures.message(new CompletionException(new OutOfMemoryError(what)));
    assertTrue(message.startsWith(expected), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CUDA out of memory. Tried to allocate 2.00 GiB.|--device cpu",
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes|--model",
      })
  void pyTorchsMemoryIsNamedWithTheFlagThatHelps(String what, String flag) {
    String message = Failures.message(new IllegalStateException(new EngineException(what)));
    assertTrue(message.contains("memory is full") && message.contains(flag), message);
  }

  @Test
  void otherFailuresStayWhatTheyAre() {
    assertEquals(
        "no such model",
        Failures.message(new BookendException(ErrorCode.MODEL_NOT_FOUND, "no such model")));
    assertTrue(
        Failures.message(
                new CompletionException(
                    new OutOfMemoryError("Requested array size exceeds VM limit")))
            .startsWith("unexpected failure"));
    assertEquals(
        "unexpected failure: java.lang.IllegalStateException: heap (--verbose shows where)",
        Failures.message(new IllegalStateException("heap")));
  }

  /** The codes that docs/user-guide.md and {@code bookend --help} document. */
  @ParameterizedTest
  @EnumSource
  void everyCodeHasADocumentedExitCodeAndNeverThatOfSuccess(ErrorCode code) {
    int expected =
        switch (code) {
          case SPLIT_DOES_NOT_FIT, EXPORT_DOES_NOT_FIT -> 2;
          case CLOUD_UNREACHABLE, CLOUD_TIMEOUT, CLOUD_MIDDLE_UNAVAILABLE -> 3;
          case CLOUD_REFUSED -> 4;
          case CLOUD_DISAGREES -> 5;
          default -> 1;
        };
    assertEquals(expected, Failures.exitCode(new BookendException(code, "what")));
  }

  /** As in the libraries before they lost their flags: the error and the way out in one line. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NO_CHAT_TEMPLATE|--raw",
        "TEMPLATE_UNSUPPORTED|--raw",
        "CONTEXT_FULL|shorten",
        "CLOUD_REFUSED|--tls-ca",
        "CLOUD_DISAGREES|'bookend export'",
        "DRAFT_HEAD_MISSING|'bookend standin train'",
        "DRAFT_HEAD_DAMAGED|'bookend standin train'",
        "TRAINING_DIVERGED|--weights f32",
        "TRAINING_IN_VAIN|--seed",
        "PRECISION_TOO_NARROW|--precision fp32",
        "ADAPTER_UNSUITABLE|--depths",
        "NOT_BATCH_INVARIANT|--strict",
      })
  void theWayOutNamesFlagsAndCommands(ErrorCode code, String wayOut) {
    String message = Failures.message(new BookendException(code, "what happened"));
    assertTrue(message.startsWith("what happened; "), message);
    assertTrue(message.contains(wayOut), message);
  }

  /** A hint may only name what there is. */
  @ParameterizedTest
  @EnumSource
  void everyFlagAndCommandOfAWayOutExists(ErrorCode code) {
    String hint = Failures.hint(code);
    List<CommandLine> all = new ArrayList<>();
    for (CommandLine command : MAIN.getSubcommands().values()) {
      all.add(command);
      all.addAll(command.getSubcommands().values());
    }
    Matcher flag = Pattern.compile("--[a-z-]+").matcher(hint);
    while (flag.find()) {
      assertTrue(
          all.stream().anyMatch(one -> one.getCommandSpec().findOption(flag.group()) != null),
          flag.group());
    }
    Matcher command = Pattern.compile("'bookend ([a-z]+)( [a-z]+)?").matcher(hint);
    while (command.find()) {
      CommandLine first = MAIN.getSubcommands().get(command.group(1));
      assertNotNull(first, command.group());
      if (command.group(2) != null) {
        assertNotNull(first.getSubcommands().get(command.group(2).strip()), command.group());
      }
    }
  }

  @Command(name = "greedy")
  private static final class Greedy implements Callable<Integer> {
    @Override
    public Integer call() {
      throw heap();
    }
  }

  @Test
  void anErrorThatNothingWrapsIsALineToo() {
    StringWriter err = new StringWriter();
    CommandLine main = Main.commandLine().addSubcommand(new Greedy());
    main.setErr(new PrintWriter(err));
    main.getSubcommands().get("greedy").setErr(new PrintWriter(err));
    assertEquals(1, main.execute("greedy"));
    assertTrue(err.toString().startsWith("bookend: Java's heap of"), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
  }
}
