package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import dev.bookend.error.BookendException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
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
    assertEquals("no such model", Failures.message(new BookendException("no such model")));
    assertTrue(
        Failures.message(
                new CompletionException(
                    new OutOfMemoryError("Requested array size exceeds VM limit")))
            .startsWith("unexpected failure"));
    assertEquals(
        "unexpected failure: java.lang.IllegalStateException: heap (--verbose shows where)",
        Failures.message(new IllegalStateException("heap")));
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
