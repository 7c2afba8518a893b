package dev.bookend.examples.drafter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.speculation.DraftSpec;
import org.junit.jupiter.api.Test;

/** The drafter is found by its name, and changes how fast an answer comes, not what it says. */
class SuccessorDrafterIT {
  private static final CompletionRequest REQUEST =
      CompletionRequest.chat("Count from one to twenty in words.").withMaxTokens(60);

  @Test
  void draftsForTheSampleModel() {
    BookendOptions sequential = BookendOptions.of("smollm2").sequential();
    BookendOptions drafted =
        BookendOptions.of("smollm2").withDrafters(DraftSpec.parse("successor"));
    Completion expected;
    try (Bookend bookend = Bookend.open(sequential)) {
      expected = bookend.complete(REQUEST);
    }
    try (Bookend bookend = Bookend.open(drafted)) {
      Completion completion = bookend.complete(REQUEST);
      assertEquals(expected.text(), completion.text());
      assertTrue(
          completion.metrics().counts().roundTrips() < expected.metrics().counts().roundTrips());
    }
  }
}
