package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComputeTasksTest {
  private final ComputeTasks tasks = new ComputeTasks();
  private final List<String> done = new ArrayList<>();

  private void small(String name) {
    tasks.addSmall(() -> done.add(name));
  }

  private void large(String name) {
    tasks.addLarge(() -> done.add(name));
  }

  private List<String> run(int count) throws InterruptedException {
    done.clear();
    for (int i = 0; i < count; i++) {
      tasks.take().run();
    }
    return List.copyOf(done);
  }

  @Test
  void smallTasksGoFirstAndEachKindInItsOrder() throws InterruptedException {
    large("A");
    small("a");
    large("B");
    small("b");
    assertEquals(List.of("a", "b", "A", "B"), run(4));
  }

  @Test
  void aLargeTaskIsNotPutOffForEver() throws InterruptedException {
    large("A");
    large("B");
    for (int i = 0; i < 40; i++) {
      small("s");
    }
    List<String> order = run(42);
    assertEquals(16, order.indexOf("A"));
    assertEquals(33, order.indexOf("B"));
  }

  /** Somebody who has the result of one small task asks for the next. */
  @Test
  void theNextSmallTaskOfAStepGoesBeforeALargeOneThatWaits() throws InterruptedException {
    large("A");
    small("a");
    tasks.take().run();
    Thread asking = new Thread(() -> small("b"));
    Runnable next;
    synchronized (tasks) { // is released while it waits
      asking.start();
      next = tasks.take();
    }
    next.run();
    assertEquals(List.of("a", "b"), done);
    asking.join();
  }

  @Test
  void whatWasDoneBeforeNeedNotBeMadeUpFor() throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      small("s");
    }
    run(20);
    large("A");
    small("a");
    assertEquals(List.of("a", "A"), run(2));
  }
}
