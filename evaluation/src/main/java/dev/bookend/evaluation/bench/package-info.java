/** Measures how fast a split model decodes, and whether it says what it must. */
package dev.bookend.evaluation.bench;
