package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportOptionsTest {
  @Test
  void reportsDoNotShowWhatHeadersHold() {
    assertEquals(
        "bench --header authorization=… --header=x-key=… --out d --split=4:4",
        ReportOptions.typed(
            List.of(
                "bench",
                "--header",
                "authorization=Bearer abc=",
                "--header=x-key=secret",
                "--out",
                "d",
                "--split=4:4")));
  }

  @Test
  void reportsShowWhichFileAHeaderIsReadFrom() {
    List<String> typed = List.of("bench", "--header", "a=@key.txt", "--header=b=@other.txt");
    assertEquals(String.join(" ", typed), ReportOptions.typed(typed));
  }
}
