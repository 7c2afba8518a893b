package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculationIdentityIT;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.training.StandInTraining;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The sample model with INT8 weights: no order of sums is left that draft tokens could change. */
class IntegerLayersIT {
  private static final int TOKENS = 40;

  private static Checkpoint checkpoint;
  private static SplitModel model;

  @BeforeAll
  static void open() {
    checkpoint = SampleModel.open();
    model =
        SplitModel.open(checkpoint, SplitOptions.DEFAULT.withDevice(Device.cpu(), WeightType.INT8));
  }

  @AfterAll
  static void close() {
    model.close();
    checkpoint.close();
  }

  @Test
  void draftTokensChangeNoBitOfAnyHiddenState() {
    compare(SpeculationIdentityIT.PROMPTS.subList(4, 7));
  }

  @Test
  @Tag("slow")
  void draftTokensChangeNoBitOfAnyHiddenStateOnManyPrompts() {
    List<String> prompts = StandInTraining.prompts();
    compare(
        IntStream.range(0, prompts.size())
            .filter(index -> index % 4 == 0)
            .mapToObj(prompts::get)
            .toList());
  }

  private static void compare(List<String> prompts) {
    BatchInvariantStepsIT.compare(checkpoint, model, Optional.empty(), prompts);
  }

  /** To the last bit of the margins as well. */
  @Test
  void theSplitModelChoosesAsTheWholeModelOfTheseWeights() {
    try (WholeModel whole = new WholeModel(checkpoint, Device.cpu(), WeightType.INT8);
        Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
        Session session = model.newSession()) {
      int[] prompt = tokenizer.encode("The lighthouse keeper had three sons, and");
      assertEquals(
          margins(whole.decode(prompt, TOKENS, Set.of())),
          margins(
              SequentialDecoding.GREEDY
                  .decode(session, prompt, TOKENS, Set.of(), token -> true)
                  .choices()));
    }
  }

  private record Choice(int token, float margin) {}

  private static List<Choice> margins(List<TokenChoice> choices) {
    return choices.stream().map(choice -> new Choice(choice.token(), choice.margin())).toList();
  }
}
