package dev.bookend.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.edge.speculation.NgramDrafter;
import dev.bookend.edge.speculation.SuffixDrafter;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.text.Tokenizer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Speculative against sequential decoding on the sample model, over a real gRPC connection. */
class SpeculationIdentityIT {
  private static final int TOKENS = 60;
  private static final List<String> PROMPTS =
      List.of(
          "The ferry left the harbour an hour late, and by then",
          "class Matrix:\n    def __init__(self, rows, columns):\n",
          "<ul>\n  <li>Monday: soup</li>\n  <li>Tuesday:",
          "Q: How do bees find their way home?\nA:",
          "1. Wash the potatoes.\n2. Peel the potatoes.\n3.",
          "Dear Sir or Madam,\n\nI am writing to complain about",
          "SELECT name, price FROM products WHERE",
          "Once upon a time, a tailor lived at the edge of a wood.",
          "| Planet | Moons |\n|---|---|\n| Earth | 1 |\n| Mars |",
          "Alice: Where were you yesterday?\nBob:");

  @Test
  void speculationGivesTheTokensOfSequentialDecoding() {
    int nearTies = 0;
    int roundTrips = 0;
    try (Checkpoint checkpoint = SampleModel.open();
        Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
        SplitModel model = SplitModel.open(checkpoint, SplitOptions.DEFAULT)) {
      for (String prompt : PROMPTS) {
        int[] ids = tokenizer.encode(prompt);
        Generation expected;
        try (Session session = model.newSession()) {
          expected =
              SequentialDecoding.GREEDY.decode(session, ids, TOKENS, Set.of(), token -> true);
        }
        try (Session session = model.newSession();
            SpeculativeDecoding speculative =
                new SpeculativeDecoding(List.of(new SuffixDrafter(), new NgramDrafter(3)))) {
          Generation generation = speculative.decode(session, ids, TOKENS, Set.of(), token -> true);
          // A near tie may fall either way, and all that follows with it.
          if (generation.nearTies() + expected.nearTies() == 0) {
            assertEquals(expected.tokens(), generation.tokens(), prompt);
          }
          nearTies += expected.nearTies();
          roundTrips += session.stats().roundTrips();
        }
      }
    }
    System.out.printf(
        "%d prompts, %.2f tokens per round trip, %d near ties%n",
        PROMPTS.size(), (double) PROMPTS.size() * (TOKENS - 1) / roundTrips, nearTies);
    assertTrue(nearTies <= 2, "near ties: " + nearTies);
    assertTrue(roundTrips < PROMPTS.size() * (TOKENS - 1), "round trips: " + roundTrips);
  }
}
