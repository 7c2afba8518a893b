/**
 * Logs of results, and reports of figures with their provenance, as text, JSON, CSV and an HTML
 * page that needs no network.
 */
package dev.bookend.evaluation.report;
