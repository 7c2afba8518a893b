/**
 * Results kept as they are made, and figures and where they come from as text, JSON, CSV and a page
 * that opens without a network.
 */
package dev.bookend.evaluation.report;
