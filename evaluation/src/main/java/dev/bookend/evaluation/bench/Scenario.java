package dev.bookend.evaluation.bench;

import dev.bookend.link.LinkProfile;
import dev.bookend.split.Split;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where prompts are decoded: the same for all decoder configurations that are compared.
 *
 * @param link emulated link; empty: none is emulated
 */
public record Scenario(Split split, Optional<LinkProfile> link) {
  /** The link as {@code --wan} takes it; {@code none} where none is emulated. */
  String linkText() {
    if (link.isEmpty()) {
      return "none";
    }
    LinkProfile profile = link.get();
    StringBuilder text = new StringBuilder("rtt=").append(number(roundTripMs())).append("ms");
    if (!profile.jitter().isZero()) {
      text.append(",jitter=").append(number(profile.jitter().toNanos() / 1e6)).append("ms");
    }
    append(text, ",up=", profile.upBitsPerSecond());
    append(text, ",down=", profile.downBitsPerSecond());
    if (profile.loss() > 0) {
      text.append(",loss=").append(number(100 * profile.loss())).append('%');
    }
    return text.toString();
  }

  /** Round trip of the emulated link in milliseconds; 0 where none is emulated. */
  double roundTripMs() {
    return link.map(profile -> profile.roundTrip().toNanos() / 1e6).orElse(0.0);
  }

  private static void append(StringBuilder text, String key, OptionalLong bits) {
    if (bits.isPresent()) {
      text.append(key).append(number(bits.getAsLong() / 1e6)).append("mbit");
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value).replaceFirst("\\.?0+$", "");
  }
}
