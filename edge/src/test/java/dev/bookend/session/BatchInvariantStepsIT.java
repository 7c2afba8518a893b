package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculationIdentityIT;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.speculation.TokenTree;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.lookahead.LookaheadDrafter;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The hidden states of the sample model with --strict, to the last bit. */
class BatchInvariantStepsIT {
  private static final int TOKENS = 60;

  @Test
  void hiddenStatesAreTheSameToTheLastBitWithDraftTokensAndWithout() {
    try (Checkpoint checkpoint = SampleModel.open();
        SplitModel model = SplitModel.open(checkpoint, SplitOptions.DEFAULT)) {
      Optional<BatchInvariantSteps> steps = BatchInvariantSteps.find(model.edge());
      System.out.println("exact steps: " + steps);
      assumeTrue(steps.isPresent(), "no step size is exact on this machine");
      compare(checkpoint, model, steps, SpeculationIdentityIT.PROMPTS.subList(0, 4));
    }
  }

  /** Sequential and speculative decoding of prompts. */
  static void compare(
      Checkpoint checkpoint,
      SplitModel model,
      Optional<BatchInvariantSteps> steps,
      List<String> prompts) {
    assertTrue(model.draftHeads().hasTrainedStandIn(), "its layer is to be tried too");
    try (Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      for (String prompt : prompts) {
        int[] tokens = tokenizer.encode(prompt);
        Seen sequential = decode(model, steps, SequentialDecoding.GREEDY, tokens);
        try (SpeculativeDecoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(
                    new SuffixDrafter(),
                    new LookaheadDrafter(7, 4, 7),
                    new StandInDrafter(model.draftHeads().standIn())),
                OptionalInt.of(16))) {
          assertEquals(sequential, decode(model, steps, speculative, tokens), prompt);
        }
      }
    }
  }

  private record Seen(List<Integer> tokens, int nearTies, ByteBuffer middle) {}

  private static Seen decode(
      SplitModel model, Optional<BatchInvariantSteps> steps, Decoding decoding, int[] prompt) {
    try (Session session = model.newSession(steps)) {
      Generation generation = decoding.decode(session, prompt, TOKENS, Set.of(), token -> true);
      // One more step, with which the last tokens come to lie in their places.
      session.verify(TokenTree.chain(generation.tokens().get(TOKENS - 1)));
      session.accept(0);
      int[] all =
          IntStream.concat(
                  Arrays.stream(prompt), generation.tokens().stream().mapToInt(Integer::intValue))
              .toArray();
      return new Seen(
          generation.tokens(),
          generation.metrics().counts().nearTies(),
          session.draftLayers().middleOutput(0, all.length));
    }
  }
}
