/** Ollama's API, for clients that speak no other: chat, generate, and what they ask of models. */
package dev.bookend.server.ollama;
