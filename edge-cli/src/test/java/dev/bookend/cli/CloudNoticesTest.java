package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.remote.CloudEvent.Lost;
import dev.bookend.remote.CloudEvent.PassedOver;
import dev.bookend.remote.CloudEvent.Reconnected;
import dev.bookend.remote.CloudEvent.Reconnecting;
import dev.bookend.remote.CloudEvent.SearchEnded;
import dev.bookend.remote.CloudEvent.Searching;
import dev.bookend.remote.CloudEvent.Waiting;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloudNoticesTest {
  private static final String A = "grpc://a:8001";
  private static final String B = "grpc://b:8001";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, UTF_8);

  private String told() {
    return bytes.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }

  private void awaitTold() throws InterruptedException {
    while (bytes.size() == 0) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Test
  void aLossThatLastsIsALineForEachThingThatHappens() throws Exception {
    CloudNotices notices = new CloudNotices(err, err::print, false, 1);
    notices.onEvent(new Lost(A, "reset"));
    awaitTold();
    notices.onEvent(new Reconnecting(B, 2, 3));
    notices.onEvent(new Reconnected(B, Duration.ofMillis(2345)));
    assertEquals(
        """
        cloud lost; reconnecting ...
        cloud lost; reconnecting to grpc://b:8001 (2 of 3) ...
        reconnected to grpc://b:8001 after 2.3 s
        """,
        told());
  }

  @Test
  void whatIsOverWithinTheSecondIsNotTold() throws Exception {
    CloudNotices notices = new CloudNotices(err, err::print, false, 200);
    notices.onEvent(new Searching(List.of(A, B)));
    notices.onEvent(new SearchEnded(Optional.of(A)));
    notices.onEvent(new Lost(A, "reset"));
    notices.onEvent(new Reconnecting(B, 2, 2));
    notices.onEvent(new Reconnected(B, Duration.ofMillis(20)));
    TimeUnit.MILLISECONDS.sleep(500);
    assertEquals("", told());
  }

  @Test
  void aSearchThatLastsNamesWhoIsAsked() throws Exception {
    CloudNotices notices = new CloudNotices(err, err::print, false, 1);
    notices.onEvent(new Searching(List.of(A, B)));
    awaitTold();
    assertEquals("asking grpc://a:8001, grpc://b:8001 for the middle layers ...\n", told());
  }

  @Test
  void waitingIsToldOnceInAPipeAndCountedOnATerminal() {
    for (boolean terminal : new boolean[] {false, true}) {
      bytes.reset();
      CloudNotices notices = new CloudNotices(err, err::print, terminal, 1);
      notices.onEvent(new Waiting(A, Duration.ofSeconds(1), true));
      notices.onEvent(new Waiting(A, Duration.ofSeconds(3), true));
      notices.end();
      assertEquals(terminal, told().contains("3.0 s"), told());
      assertEquals(1, told().chars().filter(c -> c == '\n').count(), told());
      assertTrue(told().contains("no place"), told());
    }
  }

  @Test
  void aNoticeOnATerminalDoesNotStandInAnAnswersLine() {
    CloudNotices notices = new CloudNotices(err, err::print, true, 1);
    notices.beforePiece("Once upon");
    notices.onEvent(new Waiting(A, Duration.ofSeconds(1), false));
    notices.beforePiece(" a time");
    assertTrue(told().startsWith("\n"), told());
    assertTrue(told().endsWith("\n"), told());
  }

  /** What each piece takes is no news. */
  @Test
  void aLinkThatIsAlwaysSlowIsNotToldOfForEachPiece() {
    for (boolean terminal : new boolean[] {false, true}) {
      CloudNotices notices = new CloudNotices(err, err::print, terminal, 1);
      notices.onEvent(new Waiting(A, Duration.ofSeconds(1), false));
      notices.beforePiece("Once");
      bytes.reset();
      for (int piece = 0; piece < 3; piece++) {
        notices.onEvent(new Waiting(A, Duration.ofSeconds(1), false));
        notices.onEvent(new Waiting(A, Duration.ofSeconds(2), false));
        notices.beforePiece(" upon");
      }
      assertEquals("", told());
      notices.onEvent(new Waiting(A, Duration.ofSeconds(7), false));
      assertTrue(told().contains("waiting for " + A), told());
    }
  }

  @Test
  void theWordsOfAServerDoNotReachTheTerminalAsTheyAre() {
    new CloudNotices(err, err::print, false, 1)
        .onEvent(new PassedOver(B, "\u001b]52;c;cm0=\u0007\u202e"));
    assertFalse(told().contains("\u001b") || told().contains("\u202e"), told());
  }
}
