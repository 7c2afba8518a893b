/** A drafter that looks up what followed the last tokens in earlier texts. */
package dev.bookend.speculation.retrieval;
