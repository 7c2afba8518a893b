/**
 * Text to token ids and back, as a Hugging Face {@code tokenizer.json} says; text is streamed
 * without ever cutting a UTF-8 character.
 */
package dev.bookend.model.tokenizer;
