package dev.bookend.cli;

import dev.bookend.export.Precision;
import java.util.Locale;

/** Reads a middle's precision. Types are called as they are for the edge as well. */
final class PrecisionName extends FlagValue<Precision> {
  PrecisionName() {
    super(PrecisionName::of);
  }

  private static Precision of(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "fp32", "f32" -> Precision.FP32;
      case "fp16", "f16" -> Precision.FP16;
      case "int8" -> Precision.INT8;
      default ->
          throw new IllegalArgumentException("'" + text + "' is none of fp32, fp16 and int8");
    };
  }
}
