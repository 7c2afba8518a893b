package dev.bookend.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.diagnosis.ProbeResult.Verdict;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.CloudServer;
import dev.bookend.session.Session;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One step of a middle in the embedded cloud, and servers without one; Triton is DoctorIT's. */
@Timeout(300)
class ProbeTest {
  private static final Contract CONTRACT = new Split(1, 1).contract(SmallModel.checkpoint());
  private static final int NO_METRICS = 1;
  private static final Probe.Limits PATIENT = new Probe.Limits(Duration.ofSeconds(60), NO_METRICS);
  private static final Probe.Limits HASTY = new Probe.Limits(Duration.ofSeconds(5), NO_METRICS);

  private static Decoder decoder;

  @BeforeAll
  static void open() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  private static EmbeddedCloud start(int places) {
    return EmbeddedCloud.start(
        decoder, CONTRACT, new EmbeddedCloud.Limits(places, Duration.ofMinutes(10)), 0);
  }

  private static List<ProbeResult> probe(Contract contract, Probe.Limits limits, Endpoint... all) {
    return Probe.all(
        List.of(all).stream().map(CloudServer::of).toList(),
        ConnectionOptions.DEFAULT,
        Optional.ofNullable(contract),
        limits);
  }

  @Test
  void aMiddleThatComputesSaysSoWithoutAnyCheckpointAndKeepsNoPlace() {
    try (EmbeddedCloud cloud = start(1)) {
      for (int i = 0; i < 3; i++) {
        ProbeResult result = probe(null, PATIENT, cloud.endpoint()).get(0);
        assertEquals(Verdict.COMPUTES, result.verdict(), result.detail());
        assertEquals(Optional.of("middle-1-3"), result.model());
        assertTrue(result.detail().startsWith("4 rows in "), result.detail());
        assertTrue(result.millis().orElseThrow() > 0);
      }
    }
  }

  @Test
  void anotherSplitIsADisagreement() {
    try (EmbeddedCloud cloud = start(2)) {
      Contract other = new Split(2, 1).contract(SmallModel.checkpoint());
      assertFails(ErrorCode.CLOUD_DISAGREES, probe(other, PATIENT, cloud.endpoint()));
    }
  }

  private static void assertFails(ErrorCode code, List<ProbeResult> results) {
    assertEquals(1, results.size());
    assertEquals(Verdict.FAILS, results.get(0).verdict(), results.get(0).detail());
    assertEquals(code, results.get(0).failure().orElseThrow().code(), results.get(0).detail());
  }

  /** The only place is taken by someone who does not end; the probe gives its own wait up. */
  @Test
  void aCloudWithoutAFreePlaceIsFullAndNotDead() {
    try (EmbeddedCloud cloud = start(1);
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(),
                SplitOptions.DEFAULT
                    .withSplit(new Split(1, 1))
                    .withCloud(CloudAddress.of(cloud.endpoint())))) {
      try (Session session = model.newSession()) {
        session.prefill(new int[] {1, 2});
        ProbeResult result = probe(CONTRACT, HASTY, cloud.endpoint()).get(0);
        assertEquals(Verdict.FULL, result.verdict(), result.detail());
        assertTrue(result.detail().contains("all 1 places"), result.detail());
        assertEquals(Optional.empty(), result.failure());
      }
      ProbeResult free = probe(CONTRACT, PATIENT, cloud.endpoint()).get(0);
      assertEquals(Verdict.COMPUTES, free.verdict(), free.detail());
    }
  }

  @Test
  void serversAreProbedAtTheSameTimeAndAMuteOneIsGivenUpAtTheLimit() throws Exception {
    try (EmbeddedCloud cloud = start(1);
        ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      List<ProbeResult> results =
          probe(
              null,
              HASTY,
              new Endpoint("localhost", mute.getLocalPort(), false),
              cloud.endpoint(),
              new Endpoint("localhost", 1, false));
      assertEquals(
          List.of(Verdict.FAILS, Verdict.COMPUTES, Verdict.FAILS),
          results.stream().map(ProbeResult::verdict).toList(),
          results.toString());
      assertEquals(ErrorCode.CLOUD_UNREACHABLE, results.get(2).failure().orElseThrow().code());
    }
  }
}
