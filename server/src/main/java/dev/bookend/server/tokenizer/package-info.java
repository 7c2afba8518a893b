/** The tokenizer for clients that count or look at tokens, in vLLM's form. */
package dev.bookend.server.tokenizer;
