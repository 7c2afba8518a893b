/** GGUF files: header, metadata, tensors, and the tokenizer in their vocabulary. */
package dev.bookend.model.checkpoint.gguf;
