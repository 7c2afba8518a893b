/**
 * Conversations that are kept: with the identity of the model that they were held with, in files
 * that only their user can read. See {@link dev.bookend.conversation.SavedConversation}.
 */
package dev.bookend.conversation;
