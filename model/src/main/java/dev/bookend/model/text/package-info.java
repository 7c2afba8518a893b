/**
 * Text to tokens and back: the tokenizer, the streaming decoder and the chat template of a model,
 * as Hugging Face's libraries define them.
 */
package dev.bookend.model.text;
