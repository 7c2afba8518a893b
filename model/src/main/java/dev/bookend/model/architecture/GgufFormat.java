package dev.bookend.model.architecture;

/**
 * How llama.cpp's converter writes the models of a family.
 *
 * @param architecture the value of {@code general.architecture}
 * @param interleavedRotary whether it reorders the rows of the query and key projections, so that
 *     the two dimensions that are rotated together lie side by side
 */
public record GgufFormat(String architecture, boolean interleavedRotary) {}
