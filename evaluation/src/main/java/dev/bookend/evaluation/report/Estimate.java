package dev.bookend.evaluation.report;

/**
 * A mean and how far it can be trusted.
 *
 * @param low lower end of its 95 % interval
 * @param high upper end of its 95 % interval
 */
public record Estimate(double mean, double low, double high) {}
