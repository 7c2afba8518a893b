package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.Session;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hidden states that travel as FP16, because the model on the server says so. */
class HalfPrecisionTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final Split SPLIT = new Split(1, 1);

  private Decoder decoder;
  private EmbeddedCloud cloud;

  @BeforeEach
  void start() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    cloud = EmbeddedCloud.start(decoder, SPLIT.contract(SmallModel.checkpoint()));
  }

  @AfterEach
  void stop() {
    cloud.close();
    decoder.close();
  }

  private List<Integer> decode(UnaryOperator<Float> change) throws IOException {
    try (AlteringCloud half = new AlteringCloud(cloud, HalfPrecision.alteration(change));
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(),
                SplitOptions.DEFAULT.withSplit(SPLIT).withCloud(CloudAddress.of(half.endpoint())));
        Session session = model.newSession()) {
      return SequentialDecoding.GREEDY
          .decode(session, PROMPT, 10, Set.of(), token -> true)
          .tokens();
    }
  }

  @Test
  void theTokensAreThose() throws Exception {
    assertEquals(SmallModel.greedy(PROMPT, 10), decode(number -> number));
  }

  @Test
  void numbersTooLargeForItAreSaidRatherThanDecoded() {
    CloudException failure =
        assertThrows(CloudException.class, () -> decode(number -> Float.POSITIVE_INFINITY));
    assertTrue(failure.getMessage().contains("not finite numbers"), failure.getMessage());
  }
}
