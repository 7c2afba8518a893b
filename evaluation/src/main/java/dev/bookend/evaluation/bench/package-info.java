/**
 * Measures how fast a split model decodes, and verifies that it gives the whole model's answers.
 */
package dev.bookend.evaluation.bench;
