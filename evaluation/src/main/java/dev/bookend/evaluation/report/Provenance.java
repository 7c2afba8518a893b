package dev.bookend.evaluation.report;

/**
 * Where figures come from: all that another person needs to make them again.
 *
 * @param command the command line
 * @param version of Bookend
 * @param date when they were measured, ISO 8601 with offset
 * @param machine processor, cores, memory, operating system
 * @param java version of the JVM
 * @param model what {@code --model} said
 * @param weights hash of the model's weights as the contract states it
 */
public record Provenance(
    String command,
    String version,
    String date,
    String machine,
    String java,
    String model,
    String weights) {}
