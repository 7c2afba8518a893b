package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ComputeTasksTest {
  private final AtomicLong clock = new AtomicLong();
  private final ComputeTasks tasks = new ComputeTasks(clock::get, Duration.ofMillis(1));
  private final List<String> done = new ArrayList<>();

  private Runnable task(String name, long millis) {
    return () -> {
      clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
      done.add(name);
    };
  }

  private void small(String name) {
    tasks.addSmall(task(name, 10));
  }

  private void large(String name) {
    tasks.addLarge(task(name, 100));
  }

  private List<String> run(int count) throws InterruptedException {
    done.clear();
    for (int i = 0; i < count; i++) {
      tasks.runNext();
    }
    return List.copyOf(done);
  }

  @Test
  void aSmallTaskGoesBeforeALargeOneThatCameFirst() throws InterruptedException {
    large("A");
    small("a");
    assertEquals(List.of("a", "A"), run(2));
  }

  @Test
  void eachKindIsDoneInItsOrder() throws InterruptedException {
    for (String name : List.of("1", "2", "3")) {
      large(name);
      small(name);
    }
    List<String> order = run(6);
    assertEquals(order.stream().distinct().toList(), List.of("1", "2", "3"));
  }

  @Test
  void whereThereAreAlwaysBothEachGetsHalfOfTheTime() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      small("s");
      large("L");
    }
    List<String> order = run(110);
    long large = order.stream().filter("L"::equals).count();
    assertTrue(large >= 9 && large <= 11, large + " of 100 ms each, the others of 10 ms");
    assertTrue(order.subList(15, 40).contains("L"), "nobody waits for ever: " + order);
  }

  @Test
  void whatWasDoneAloneNeedNotBeMadeUpFor() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      small("s");
    }
    run(100);
    large("A");
    small("a");
    assertEquals(List.of("a", "A"), run(2));
  }

  /** Somebody who has the result of one small task asks for the next. */
  @Test
  void theNextSmallTaskOfAStepGoesBeforeALargeOneThatWaits() throws InterruptedException {
    ComputeTasks patient = new ComputeTasks(clock::get, Duration.ofMinutes(1));
    patient.addLarge(task("A", 100));
    patient.addSmall(task("a", 0));
    patient.runNext();
    Thread asking = new Thread(() -> patient.addSmall(task("b", 10)));
    asking.start();
    patient.runNext();
    asking.join();
    assertEquals(List.of("a", "b"), done);
  }
}
