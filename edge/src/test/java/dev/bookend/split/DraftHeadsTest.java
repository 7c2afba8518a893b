package dev.bookend.split;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ai.djl.Device;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.drafthead.StandInSource;
import dev.bookend.testing.SmallModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Draft tokens go through faster layers where there are some. */
class DraftHeadsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static SplitModel open(WeightType type) {
    SplitOptions options =
        SplitOptions.DEFAULT.withSplit(new Split(1, 1)).withDevice(Device.cpu(), type);
    return SplitModel.open(SmallModel.checkpoint(), options);
  }

  @Test
  void fasterLayersAreLoadedWhenAStandInIsAskedFor() {
    try (SplitModel model = open(WeightType.F32)) {
      DraftHeads heads = model.draftHeads();
      assertSame(model.edge().lower(), heads.layers().lower(), "nobody drafts yet");
      StandInHead head = heads.standIn();
      assertTimeoutPreemptively(PATIENCE, () -> awaitFaster(model));
      int[] prompt = new Random(1).ints(40, 0, SmallModel.VOCABULARY).toArray();
      try (Session session = model.newSession();
          Decoding decoding =
              new SpeculativeDecoding(Sampling.GREEDY, List.of(new StandInDrafter(head)))) {
        assertEquals(
            SmallModel.greedy(prompt, 60),
            decoding.decode(session, prompt, 60, Set.of(), token -> true).tokens());
      }
    }
  }

  private static void awaitFaster(SplitModel model) throws InterruptedException {
    while (model.draftHeads().layers().lower() == model.edge().lower()) {
      Thread.sleep(10);
    }
  }

  @Test
  void aModelMayBeClosedWhileTheyAreLoaded() {
    SplitModel model = open(WeightType.F32);
    StandInHead unused = model.draftHeads().standIn();
    model.close();
  }

  @Test
  void aModelMayBeClosedWhileTheHeadIsLoaded() {
    SplitModel model = open(WeightType.F32);
    Optional<StandInHead> unused = model.draftHeads().standInSource().head();
    model.close();
  }

  @Test
  void whoDoesNotWaitGetsTheHeadThatAllShare() {
    try (SplitModel model = open(WeightType.F32)) {
      StandInSource source = model.draftHeads().standInSource();
      assertTimeoutPreemptively(PATIENCE, () -> await(source));
      assertSame(model.draftHeads().standIn(), source.head().orElseThrow());
    }
  }

  private static void await(StandInSource source) throws InterruptedException {
    while (source.head().isEmpty()) {
      Thread.sleep(10);
    }
  }

  /** Its caches hold what its own layers can read. */
  @Test
  void anotherTypeDraftsThroughItsOwnLayers() {
    try (SplitModel model = open(WeightType.INT8)) {
      StandInHead unused = model.draftHeads().standIn();
      assertSame(model.edge().lower(), model.draftHeads().layers().lower());
      assertSame(model.edge().upper(), model.draftHeads().layers().upper());
    }
  }
}
