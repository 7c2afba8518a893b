package dev.bookend.cli;

import java.util.Locale;

/** Numbers of bytes, rates and times for people. */
final class ByteAmounts {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private ByteAmounts() {}

  /** For example 1.4 GB; powers of ten, as the hub and disks are labelled. */
  static String text(long bytes) {
    int unit = unit(bytes);
    return number(bytes, unit) + " " + UNITS[unit];
  }

  /** How much of how much, for example 0.3 of 1.4 GB. */
  static String of(long done, long total) {
    int unit = unit(total);
    return number(done, unit) + " of " + number(total, unit) + " " + UNITS[unit];
  }

  private static int unit(long bytes) {
    int unit = 0;
    for (double left = bytes; left >= 999.5 && unit < UNITS.length - 1; left /= 1000) {
      unit++;
    }
    return unit;
  }

  private static String number(long bytes, int unit) {
    double value = bytes / Math.pow(1000, unit);
    return String.format(Locale.ROOT, unit == 0 || value >= 99.95 ? "%.0f" : "%.1f", value);
  }

  /** For example 12 s, 3 min, 2.5 h. */
  static String time(double seconds) {
    if (seconds < 90) {
      return String.format(Locale.ROOT, "%.0f s", Math.max(1, seconds));
    }
    return seconds < 5400
        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
