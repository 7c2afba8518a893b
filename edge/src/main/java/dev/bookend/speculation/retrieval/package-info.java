/** A drafter that looks up what followed the last tokens in other texts. */
package dev.bookend.speculation.retrieval;
