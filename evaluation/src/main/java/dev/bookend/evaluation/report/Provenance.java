package dev.bookend.evaluation.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Where figures come from: everything that another person needs to reproduce them.
 *
 * @param command the command line
 * @param version of Bookend
 * @param date when they were measured, ISO 8601 with offset
 * @param machine processor, cores, memory, operating system
 * @param java version of the JVM
 * @param model what {@code --model} said
 * @param weights hash of the model's weights, as in the contract
 */
public record Provenance(
    String command,
    String version,
    String date,
    String machine,
    String java,
    String model,
    String weights) {

  /** The provenance of figures that this process makes now. */
  public static Provenance here(String command, String version, String model, String weights) {
    return new Provenance(
        command,
        version,
        OffsetDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS).toString(),
        thisMachine(),
        System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
        model,
        weights);
  }

  private static String thisMachine() {
    int cores = Runtime.getRuntime().availableProcessors();
    long memory = 0;
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      memory = system.getTotalMemorySize();
    }
    return String.format(
        Locale.ROOT,
        "%s, %d %s, %.0f GiB, %s %s",
        processor(),
        cores,
        cores == 1 ? "core" : "cores",
        memory / (double) (1L << 30),
        System.getProperty("os.name"),
        System.getProperty("os.version"));
  }

  /** The processor's name on Linux; elsewhere its architecture. */
  private static String processor() {
    Path file = Path.of("/proc/cpuinfo");
    if (Files.isReadable(file)) {
      try {
        for (String line : Files.readAllLines(file)) {
          if (line.startsWith("model name") && line.contains(":")) {
            return line.substring(line.indexOf(':') + 1).strip();
          }
        }
      } catch (IOException e) {
        // The architecture will do.
      }
    }
    return System.getProperty("os.arch");
  }
}
