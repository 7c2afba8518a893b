/** Ways to answer a prompt with a session: sequential and speculative. */
package dev.bookend.decoding;
