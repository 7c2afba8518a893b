package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerSpeedTest {
  @ParameterizedTest
  @EnumSource(WeightType.class)
  void thisMachineIsMeasuredInEveryType(WeightType type) {
    LayerSpeed speed = LayerSpeed.measure(small(), Device.cpu(), type);
    assertEquals(1, speed.narrowed());
    assertTrue(speed.points().stream().allMatch(p -> p.layer() > 0 && p.output() > 0));
    assertTrue(speed.millis(4, 1) > 0);
  }

  private static ModelConfig small() {
    return new ModelConfig(
        Architecture.QWEN2,
        Set.of(Trait.ATTENTION_BIAS),
        4,
        64,
        96,
        4,
        2,
        16,
        500,
        512,
        1e-5,
        new RotaryEmbedding(List.of(1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001)),
        OptionalInt.empty(),
        Set.of(0));
  }
}
