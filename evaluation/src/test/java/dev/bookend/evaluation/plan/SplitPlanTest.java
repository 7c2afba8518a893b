package dev.bookend.evaluation.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.StoredType;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.part.ModelParts;
import dev.bookend.model.runtime.LayerSpeed;
import dev.bookend.model.runtime.LayerSpeed.Point;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.ModelDescription;
import dev.bookend.split.Split;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SplitPlanTest {
  /** Llama 2 7B, whose sizes are known. */
  private static final ModelConfig LLAMA_7B =
      new ModelConfig(
          Architecture.LLAMA,
          Set.of(Trait.UNTIED_LM_HEAD),
          32,
          4096,
          11_008,
          32,
          32,
          128,
          32_000,
          4096,
          1e-5,
          new RotaryEmbedding(List.of(1.0, 0.1)),
          OptionalInt.empty(),
          Set.of(2));

  private static final LayerSpeed SPEED =
      new LayerSpeed(List.of(new Point(1, 10, 5), new Point(4, 16, 8), new Point(16, 40, 20)), 1);

  /** A model in BF16 that is on the hub. */
  private static ModelDescription model(ModelConfig config) {
    StoredTensors<TensorPlace> tensors = new StoredTensors<>();
    long offset = 0;
    for (Map.Entry<String, long[]> shape : config.tensors().shapes().entrySet()) {
      List<Long> dimensions = Arrays.stream(shape.getValue()).boxed().toList();
      TensorPlace place =
          new TensorPlace("m", shape.getKey(), StoredType.BF16, dimensions, offset, 0);
      tensors.readable().put(shape.getKey(), place);
      offset += place.bytes();
    }
    ModelHeader header = new ModelHeader(Path.of("m"), config, tensors).requireExpected();
    return new ModelDescription("o/n", Optional.empty(), header, ModelParts.of(header), 1000);
  }

  private static PlanOptions options(String link, OptionalLong edge, OptionalLong cloud) {
    return new PlanOptions(
        WeightType.F32,
        2,
        false,
        LinkProfile.parse(link),
        4096,
        2,
        2.5,
        3,
        Optional.empty(),
        edge,
        cloud);
  }

  private static SplitPlan plan(String link) {
    PlanOptions options = options(link, OptionalLong.empty(), OptionalLong.empty());
    return new SplitPlan(model(LLAMA_7B), new Split(2, 2), options, Optional.of(SPEED));
  }

  @Test
  void weightsAndCachesAreThoseOfTheGeometry() {
    SplitPlan plan = plan("rtt=0ms");
    long layer = 4L * 4096 * 4096 + 3L * 4096 * 11_008 + 2 * 4096;
    long table = 32_000L * 4096;
    assertEquals(2 * (32 * layer + 2 * table + 4096), plan.model().weights());
    assertEquals(4 * (4 * layer + table + 4096), plan.edgeWeights());
    assertEquals(2 * 28 * layer, plan.cloudWeights());
    assertEquals(2 * 1000 * 4 * 4096 * 4, plan.edgeKv());
    assertEquals(2L * 1000 * 28 * 4096 * 2, plan.cloudKv());
    assertEquals(plan.cloudWeights() + 2 * 4096L * 28 * 2 * 4096 * 2, plan.cloudMemory());
    long heads = 28 * 9 * 4096;
    assertEquals(1000 + 2 * (4 * layer + 2 * table + 4096) + heads, plan.edgeDownload());
  }

  @Test
  void aTokenTravelsAsOneHiddenState() {
    SplitPlan plan = plan("rtt=0ms");
    assertEquals(8192, plan.stateBytes());
    assertTrue(plan.down(1) > 8192 && plan.down(1) < 8192 * 1.1);
    assertTrue(plan.up(1) > 8192 + 4096, "and the cached slots as a mask");
    assertEquals(4 * 8192, plan.down(4) - plan.down(1) + 8192);
  }

  @Test
  void timesAddUp() {
    SplitPlan plan = plan("rtt=80ms");
    double cloud = 1 + 1000.0 * plan.cloudWeights() / 800e9;
    assertEquals(1000 / (80 + 45 + cloud), plan.sequential().getAsDouble(), 1e-9);
    assertEquals(2500 / (80 + 4 * 16 + 8 + cloud), plan.speculative().getAsDouble(), 1e-9);
    SplitPlan narrow = plan("rtt=80ms,up=8mbit");
    assertEquals(80 + plan.up(1) / 1000.0, narrow.linkMillis(1), 1e-9);
    assertEquals(4 * 28 + 14, SPEED.millis(4, 10), 1e-9, "half way between 4 and 16 tokens");
  }

  @Test
  void whatFitsIsSaid() {
    SplitPlan free = plan("rtt=1ms");
    PlanOptions tight =
        options(
            "rtt=1ms", OptionalLong.of(free.edgeMemory()), OptionalLong.of(free.cloudMemory() - 1));
    SplitPlan plan = new SplitPlan(free.model(), free.split(), tight, Optional.empty());
    assertTrue(plan.fitsEdge());
    assertFalse(plan.fitsCloud());
    assertTrue(plan.sequential().isEmpty());
    Report report = new PlanReport(plan).report(Provenance.here("plan", "0", "o/n", "none"));
    assertTrue(report.toText().contains("not in the cloud"), report.toText());
    assertTrue(report.toText().contains("not at the edge"), report.toText());
    assertTrue(report.toHtml().contains("<svg"));
  }
}
