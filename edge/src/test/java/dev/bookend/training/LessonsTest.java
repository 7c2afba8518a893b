package dev.bookend.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Example;

class LessonsTest {
  /** Enough that the head is tried three times while it learns from them. */
  private static final List<TrainingText> TEXTS =
      Collections.nCopies(300, new TrainingText(new int[20], 1, List.of()));

  private static final Progress NOBODY = (phase, done, total) -> {};

  private final List<Agreement> told = new ArrayList<>();

  /** Its agreement depends on how many texts it has learned from alone. */
  private static final class Head implements Learner {
    private final double[] afterHundreds;
    private final List<Integer> saved = new ArrayList<>();
    private int texts;

    Head(double... afterHundreds) {
      this.afterHundreds = afterHundreds;
    }

    @Override
    public double learn(TrainingText text, double rate) {
      texts++;
      return 1;
    }

    @Override
    public float[] agreement(TrainingText text) {
      float now = (float) afterHundreds[(texts + 99) / 100];
      return new float[] {now, now, now};
    }

    @Override
    public void save() {
      saved.add(texts);
    }
  }

  private Head taught(Head head) {
    new Lessons(TEXTS, 1).teach(head, NOBODY, told::add);
    return head;
  }

  private Head taughtMore(Head head) {
    new Lessons(TEXTS, 1).teachMore(head, NOBODY, told::add);
    return head;
  }

  @Example
  void aHeadIsSavedEachTimeItHasBecomeBetter() {
    assertEquals(List.of(100, 276), taught(new Head(0, 0.2, 0.1, 0.3)).saved);
    assertEquals(List.of(100, 200, 276), told.stream().map(Agreement::texts).toList());
  }

  @Example
  void aNewHeadIsSavedHoweverBadItIs() {
    assertEquals(List.of(100), taught(new Head(0.5, 0, 0, 0)).saved);
  }

  @Example
  void aHeadThatHasLearnedBeforeIsSavedOnceItIsBetterThanThen() {
    assertEquals(List.of(200), taughtMore(new Head(0.5, 0.4, 0.6, 0.5)).saved);
    assertEquals(List.of(0, 100, 200, 276), told.stream().map(Agreement::texts).toList());
  }

  @Example
  void aHeadThatDoesNotBecomeBetterIsLeftAsItWas() {
    Head head = new Head(0.5, 0.4, 0.5, 0.3);
    BookendException e = assertThrows(BookendException.class, () -> taughtMore(head));
    assertEquals(ErrorCode.TRAINING_IN_VAIN, e.code());
    assertEquals(List.of(), head.saved);
  }
}
