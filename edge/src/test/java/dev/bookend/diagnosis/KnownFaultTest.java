package dev.bookend.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownFaultTest {

  @ParameterizedTest
  @CsvSource({
    "2.38.0, onnxruntime, ''",
    "2.39.0, onnxruntime, SHARED_PLACE CANCELLATION",
    "2.45.0, python, CANCELLATION",
    "2.46.0, tensorrt, CANCELLATION",
    "2.51.0, onnxruntime, CANCELLATION",
    "2.51.0, python, CANCELLATION DEAD_BUT_READY",
    "2.45.0, '', SHARED_PLACE CANCELLATION",
    "2.57.0, onnxruntime, ''",
    "2.57.0, python, DEAD_BUT_READY",
    "2.65.0, python, ''",
    "2.75.0dev, python, ''",
    "3.0.0, python, ''",
    "bookend, python, ''",
    "2.999999999999.0, python, ''",
  })
  void aVersionHasTheFaultsBetweenTheirComingAndTheirMending(
      String version, String backend, String faults) {
    assertEquals(
        faults.isEmpty() ? List.of() : List.of(faults.split(" ")),
        KnownFault.of(version, backend).stream().map(Enum::name).toList());
  }

  @Test
  void eachSaysWhereItIsWrittenAndWhatToDo() {
    for (KnownFault fault : KnownFault.values()) {
      assertTrue(fault.text().matches(".*\\(triton-inference-server/.* [0-9]+\\)"), fault.text());
      assertTrue(fault.hint().startsWith("update to Triton 2."), fault.hint());
    }
  }
}
