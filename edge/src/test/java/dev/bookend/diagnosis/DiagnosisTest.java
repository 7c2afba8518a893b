package dev.bookend.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.ErrorCode;
import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
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
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is found in healthy and in ailing clouds; real Triton servers are DoctorIT's. */
class DiagnosisTest {
  private static final Contract CONTRACT = new Split(1, 1).contract(SmallModel.checkpoint());

  private static Decoder decoder;

  @BeforeAll
  static void open() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  private static EmbeddedCloud start(int places, Duration idle) {
    return EmbeddedCloud.start(decoder, CONTRACT, new EmbeddedCloud.Limits(places, idle), 0);
  }

  private static Diagnosis look(Endpoint endpoint, Contract contract) {
    return look(endpoint, contract, Duration.ofMinutes(5));
  }

  private static Diagnosis look(Endpoint endpoint, Contract contract, Duration deadline) {
    return Diagnosis.of(
        CloudServer.of(endpoint),
        ConnectionOptions.DEFAULT.withDeadline(deadline),
        Optional.ofNullable(contract));
  }

  private static CheckResult result(Diagnosis diagnosis, String check) {
    return diagnosis.checks().stream()
        .filter(result -> result.check().equals(check))
        .findFirst()
        .orElseThrow(() -> new AssertionError(check + " is not in " + diagnosis));
  }

  @Test
  void aHealthyCloudIsOkInAllRespectsAndItsSequenceIsEnded() {
    // Two places: more looks than that succeed only if each gives its place back.
    try (EmbeddedCloud cloud = start(2, Duration.ofMinutes(10))) {
      for (int i = 0; i < 4; i++) {
        Diagnosis diagnosis = look(cloud.endpoint(), CONTRACT);
        assertEquals(Optional.empty(), diagnosis.failure());
        assertEquals(
            List.of(
                "connection",
                "server",
                "round trip",
                "model middle-1-3",
                "sessions of middle-1-3",
                "steps of middle-1-3",
                "upload"),
            diagnosis.checks().stream().map(CheckResult::check).toList());
        for (CheckResult result : diagnosis.checks()) {
          assertEquals(Severity.OK, result.severity(), result.toString());
          assertEquals("", result.hint());
        }
        CheckResult model = result(diagnosis, "model middle-1-3");
        assertTrue(model.detail().startsWith("fits: layers [1,3) of 4, contract version 1, fp32"));
        assertEquals(24, model.values().get("hidden_size"));
        assertEquals(4096, model.values().get("max_context"));
        assertEquals(
            2, result(diagnosis, "sessions of middle-1-3").values().get("max_candidate_sequences"));
      }
    }
  }

  @Test
  void withoutAModelToCompareAnyMiddleWillDo() {
    try (EmbeddedCloud cloud = start(4, Duration.ofMinutes(10))) {
      Diagnosis diagnosis = look(cloud.endpoint(), null);
      assertEquals(Optional.empty(), diagnosis.failure());
      assertTrue(result(diagnosis, "model middle-1-3").detail().startsWith("layers [1,3) of 4"));
    }
  }

  @Test
  void anotherSplitIsADisagreementThatSaysWhatDiffers() {
    try (EmbeddedCloud cloud = start(4, Duration.ofMinutes(10))) {
      Contract other = new Split(2, 1).contract(SmallModel.checkpoint());
      Diagnosis diagnosis = look(cloud.endpoint(), other);
      assertEquals(ErrorCode.CLOUD_DISAGREES, code(diagnosis));
      CheckResult models = result(diagnosis, "models");
      assertEquals(Severity.FAILURE, models.severity());
      assertTrue(
          models.detail().contains("first layer in the cloud 2 here, 1 there"), models.detail());
      assertTrue(models.hint().contains("export the middle"), models.hint());
    }
  }

  @Test
  void aShortIdleTimeAndASinglePlaceAreWarnedOf() {
    try (EmbeddedCloud cloud = start(1, Duration.ofSeconds(1))) {
      Diagnosis diagnosis = look(cloud.endpoint(), CONTRACT);
      assertEquals(Optional.empty(), diagnosis.failure());
      CheckResult sessions = result(diagnosis, "sessions of middle-1-3");
      assertEquals(Severity.WARNING, sessions.severity());
      assertEquals("1 at a time, dropped after 1 s without a request", sessions.detail());
      assertTrue(sessions.hint().contains("max_sequence_idle_microseconds"), sessions.hint());
    }
    try (EmbeddedCloud cloud = start(1, Duration.ofMinutes(10))) {
      CheckResult sessions = result(look(cloud.endpoint(), CONTRACT), "sessions of middle-1-3");
      assertEquals(Severity.WARNING, sessions.severity());
      assertTrue(sessions.hint().contains("max_candidate_sequences"), sessions.hint());
    }
  }

  /** Bytes really wait in the emulated link, so nothing can be faster than it. */
  @Test
  void aLongAndNarrowLinkIsMeasured() {
    try (EmbeddedCloud cloud = start(4, Duration.ofMinutes(10));
        EmulatedLink link =
            EmulatedLink.open(
                new InetSocketAddress(cloud.endpoint().host(), cloud.endpoint().port()),
                LinkProfile.parse("rtt=160ms,up=8mbit"))) {
      Endpoint near = new Endpoint(link.address().getHostString(), link.address().getPort(), false);
      Diagnosis diagnosis = look(near, CONTRACT);
      assertEquals(Optional.empty(), diagnosis.failure());
      CheckResult roundTrip = result(diagnosis, "round trip");
      assertEquals(Severity.WARNING, roundTrip.severity());
      assertTrue((double) roundTrip.values().get("median_ms") >= 160, roundTrip.detail());
      assertTrue(roundTrip.hint().contains("a nearer server would help"), roundTrip.hint());
      double mbit = (double) result(diagnosis, "upload").values().get("mbit_per_second");
      assertTrue(mbit < 10, mbit + " Mbit/s over 8");
    }
  }

  @Test
  void nobodyThereIsUnreachable() {
    Endpoint closed = new Endpoint("localhost", 1, false);
    Diagnosis diagnosis = look(closed, null);
    assertEquals(ErrorCode.CLOUD_UNREACHABLE, code(diagnosis));
    assertEquals(1, diagnosis.checks().size());
    CheckResult connection = result(diagnosis, "connection");
    assertEquals(Severity.FAILURE, connection.severity());
    assertTrue(connection.hint().contains("gRPC port"), connection.hint());
  }

  @Test
  void tlsThatCannotBeIsRefused() {
    Diagnosis diagnosis =
        Diagnosis.of(
            CloudServer.of(new Endpoint("localhost", 1, true)),
            ConnectionOptions.DEFAULT.withCertificateAuthority(Path.of("/no/such.pem")),
            Optional.empty());
    assertEquals(ErrorCode.CLOUD_REFUSED, code(diagnosis));
    assertTrue(result(diagnosis, "connection").hint().contains("certificates"));
  }

  private static ErrorCode code(Diagnosis diagnosis) {
    return diagnosis.failure().orElseThrow().code();
  }

  /** The only place is taken by someone who does not end. */
  @Test
  void aFullCloudSaysThatAllPlacesMayBeTaken() {
    try (EmbeddedCloud cloud = start(1, Duration.ofMinutes(10));
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(),
                SplitOptions.DEFAULT
                    .withSplit(new Split(1, 1))
                    .withCloud(CloudAddress.of(cloud.endpoint())));
        Session session = model.newSession()) {
      session.prefill(new int[] {1, 2});
      Diagnosis diagnosis = look(cloud.endpoint(), CONTRACT, Duration.ofSeconds(5));
      assertEquals(ErrorCode.CLOUD_TIMEOUT, code(diagnosis));
      CheckResult steps = result(diagnosis, "steps of middle-1-3");
      assertTrue(steps.hint().contains("max_candidate_sequences"), steps.hint());
      List<CheckResult> sound = new ArrayList<>(diagnosis.checks());
      sound.remove(steps);
      assertTrue(sound.stream().noneMatch(result -> result.severity() == Severity.FAILURE));
    }
  }
}
