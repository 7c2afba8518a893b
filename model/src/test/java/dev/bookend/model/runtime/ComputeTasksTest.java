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
    for (int i = 0; i < 20; i++) {
      small("s");
    }
    List<String> order = run(22);
    assertEquals(8, order.indexOf("A"));
    assertEquals(17, order.indexOf("B"));
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
