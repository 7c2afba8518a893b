/** A drafter that runs a smaller model with the same tokenizer. */
package dev.bookend.speculation.draftmodel;
