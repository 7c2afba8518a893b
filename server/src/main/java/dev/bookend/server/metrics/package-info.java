/** What the server tells Prometheus: counts and times, and nothing of any text. */
package dev.bookend.server.metrics;
