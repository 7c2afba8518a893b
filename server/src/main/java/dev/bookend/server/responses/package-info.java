/** OpenAI's responses API, as far as it goes without a memory of past responses. */
package dev.bookend.server.responses;
