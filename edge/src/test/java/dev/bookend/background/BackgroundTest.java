package dev.bookend.background;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Work on a thread of its own tells its owner what came of it. */
class BackgroundTest {
  @Test
  void itRunsOnAThreadOfThatNameAndIsAwaited() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    Background<String> work =
        Background.begin(
            "some-thread",
            () -> {
              try {
                mayEnd.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return Thread.currentThread().getName();
            });
    assertFalse(work.isDone());
    assertFalse(work.hasSucceeded());
    mayEnd.countDown();
    assertEquals("some-thread", work.result());
    assertTrue(work.isDone());
    assertTrue(work.hasSucceeded());
    assertEquals(11, work.andThen(String::length).result());
  }

  @Test
  void whatItThrowsIsThrownWhereItIsAwaitedAndBehindIt() {
    for (Throwable failure : List.of(new IllegalStateException(), new OutOfMemoryError())) {
      Background<String> work =
          Background.begin(
              "some-thread",
              () -> {
                if (failure instanceof Error error) {
                  throw error;
                }
                throw (RuntimeException) failure;
              });
      assertSame(failure, assertThrows(failure.getClass(), work::result));
      assertFalse(work.hasSucceeded());
      Background<Integer> more = work.andThen(String::length);
      assertSame(failure, assertThrows(failure.getClass(), more::result));
      work.end(result -> assertTrue(false, "there is none"));
    }
  }

  @Test
  void theOwnerGetsTheResultAtTheEnd() {
    List<String> closed = new ArrayList<>();
    Background.begin("some-thread", () -> "result").end(closed::add);
    assertEquals(List.of("result"), closed);
  }
}
