/** The page at {@code /}: a chat, and beside it the live picture of the split. */
package dev.bookend.server.page;
