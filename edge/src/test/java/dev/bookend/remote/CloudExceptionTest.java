package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.TritonException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CloudExceptionTest {
  @ParameterizedTest
  @CsvSource({
    "UNREACHABLE,CLOUD_UNREACHABLE",
    "BROKEN,CLOUD_UNREACHABLE",
    "REFUSED,CLOUD_REFUSED",
    "DEADLINE,CLOUD_TIMEOUT",
    "SEQUENCE_LOST,CLOUD_SESSION_LOST",
    "MODEL_UNAVAILABLE,CLOUD_MIDDLE_UNAVAILABLE",
    "INVALID_REQUEST,CLOUD_FAILED",
    "EXHAUSTED,CLOUD_EXHAUSTED",
    "CANCELLED,CANCELLED",
    "FAILED,CLOUD_FAILED"
  })
  void whatTheClientReportsCrossesWithItsWordsAndAsTheCause(
      TritonException.Kind kind, ErrorCode code) {
    TritonException cause = new TritonException(kind, "grpc://h:1: what happened", null);
    CloudException crossed =
        assertThrows(
            CloudException.class,
            () ->
                CloudException.crossing(
                    () -> {
                      throw cause;
                    }));
    assertEquals(code, crossed.code());
    assertEquals(cause.getMessage(), crossed.getMessage());
    assertSame(cause, crossed.getCause());
  }

  /** Before anything is sent, so past all that a session catches. */
  @Test
  void aFileForTlsThatCannotBeReadIsToldWithBookendsOwnException() {
    SplitOptions options =
        SplitOptions.DEFAULT
            .withSplit(new Split(1, 1))
            .withCloud(CloudAddress.parse("grpcs://localhost:1"))
            .withConnection(
                ConnectionOptions.DEFAULT.withCertificateAuthority(Path.of("/no/such.pem")));
    BookendException failure =
        assertThrows(
            BookendException.class, () -> SplitModel.open(SmallModel.checkpoint(), options));
    assertEquals(ErrorCode.CLOUD_REFUSED, failure.code());
    assertInstanceOf(TritonException.class, failure.getCause());
  }
}
