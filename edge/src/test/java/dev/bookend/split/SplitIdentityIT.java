package dev.bookend.split;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.session.Session;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The sample model split at several places, its middle behind a real gRPC connection, against the
 * whole model in one process. (model's OracleIT holds that one to another implementation.)
 */
class SplitIdentityIT {
  private static final int TOKENS = 36;
  private static final List<String> PROMPTS =
      List.of(
          "The lighthouse keeper had not spoken to anyone since",
          "def merge(left, right):\n    \"\"\"Merge two sorted lists.\"\"\"\n",
          "{\"name\": \"Ada\", \"born\": 1815, \"known_for\": [",
          "Q: Why is the sky blue?\nA:",
          "Les trois plus grandes villes de France sont");

  private static final Map<String, int[]> IDS = new LinkedHashMap<>();
  private static final Map<String, List<Integer>> EXPECTED = new LinkedHashMap<>();
  private static Checkpoint checkpoint;

  @BeforeAll
  static void decodeWhole() {
    checkpoint = SampleModel.open();
    try (Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
        WholeModel whole = new WholeModel(checkpoint, Device.cpu(), WeightType.F32)) {
      for (String prompt : PROMPTS) {
        IDS.put(prompt, tokenizer.encode(prompt));
        EXPECTED.put(
            prompt,
            whole.decode(IDS.get(prompt), TOKENS, Set.of()).stream()
                .map(TokenChoice::token)
                .toList());
      }
    }
  }

  @AfterAll
  static void close() {
    checkpoint.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"4:4", "1:1", "0:4", "4:0", "0:0", "15:14"})
  void everySplitGivesTheTokensOfTheWholeModel(String split) {
    SplitOptions options = SplitOptions.DEFAULT.withSplit(Split.parse(split));
    try (SplitModel model = SplitModel.open(checkpoint, options)) {
      for (String prompt : PROMPTS) {
        try (Session session = model.newSession()) {
          Generation generation =
              SequentialDecoding.GREEDY.decode(
                  session, IDS.get(prompt), TOKENS, Set.of(), token -> true);
          assertEquals(EXPECTED.get(prompt), generation.tokens(), prompt);
          assertEquals(TOKENS - 1, session.stats().roundTrips());
        }
      }
    }
  }
}
