/** OpenAI's API: chat completions, completions, models. */
package dev.bookend.server.openai;
